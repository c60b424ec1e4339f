"""The notifier's ports on MongoDB and Kafka."""
