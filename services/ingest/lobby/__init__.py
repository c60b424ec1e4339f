"""Where customers wait: live chat, and what becomes of their ticket."""
