"""Reads what providers still have, for those messages that a webhook missed. See `service`."""
