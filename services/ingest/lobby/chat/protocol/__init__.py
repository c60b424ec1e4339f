"""What crosses a customer's socket, message by message; docs/chat.md tells it to strangers."""
