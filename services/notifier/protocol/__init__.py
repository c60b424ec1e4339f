"""What crosses an agent's socket, message by message; docs/protocol.md tells it to strangers."""
