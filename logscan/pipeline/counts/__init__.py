"""The numbers of traffic: ours, and another program's beside them."""
