"""The tracked result that all panels share, and its corrections."""
