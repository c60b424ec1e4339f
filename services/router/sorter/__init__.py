"""Turns what happens on channels into tickets and announcements. See `handler`."""
