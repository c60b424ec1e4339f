"""Keeps what happened to tickets and agents, and why, for explanations."""
