"""The road of lines: from blocks to rows of events, and which card explains each."""
