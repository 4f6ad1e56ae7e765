"""Report how well synthetic frames show their labels and resemble real frames."""
