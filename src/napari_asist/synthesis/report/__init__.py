"""How well synthetic frames show their labels, and how like real frames they are."""
