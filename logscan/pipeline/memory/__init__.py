"""What was read before: logs that grow, line by line once, day by day."""
