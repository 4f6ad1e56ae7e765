"""The tracked result that all panels share, and what edits do to it."""
