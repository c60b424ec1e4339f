"""What a customer's message is about: language, topic, urgency. See `port` and `rules`."""
