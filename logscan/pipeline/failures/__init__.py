"""What failed: outages with begin and end, their rhythm, and what is behind them."""
