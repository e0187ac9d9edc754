"""What is remembered of each local day, and what is made of it."""
