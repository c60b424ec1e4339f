"""Slack: what partners write to our app, directly or in a channel, by the Events API."""
