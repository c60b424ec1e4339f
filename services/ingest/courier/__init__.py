"""Carries replies from `support.replies.v1` to the channels' providers, and reports what became of
each. See docs/outbound.md."""
