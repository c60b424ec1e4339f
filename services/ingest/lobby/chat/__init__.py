"""Live chat: customers' sockets. docs/chat.md tells the protocol to strangers."""
