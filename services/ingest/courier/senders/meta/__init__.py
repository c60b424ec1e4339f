"""Meta's three ways out: WhatsApp Cloud, Messenger and Instagram."""
