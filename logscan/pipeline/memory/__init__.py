"""What was read before, kept by local days, and what is made of it."""
