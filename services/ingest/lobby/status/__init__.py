"""What customers see of their ticket: docs/status.md."""
