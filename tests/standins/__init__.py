"""Providers that run here: their wire formats, and their bad days."""
