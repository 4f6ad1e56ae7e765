"""The review queue: what in the result deserves a look."""
