"""VK: messages to a community, by its Callback API."""
