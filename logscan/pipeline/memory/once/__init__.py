"""Logs that grow and rotate: each line read once, and cut into local days."""
