"""What is concluded when all lines have been read: sums, findings, blind spots."""
