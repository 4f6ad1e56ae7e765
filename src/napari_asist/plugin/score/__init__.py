"""The step Score: scores, and the errors behind them."""
