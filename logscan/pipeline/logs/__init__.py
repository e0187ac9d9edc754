"""Which logs there are, in which order they are read, and what was read of them."""
