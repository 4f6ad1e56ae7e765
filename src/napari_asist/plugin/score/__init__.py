"""The Score step: scores, and the errors behind them."""
