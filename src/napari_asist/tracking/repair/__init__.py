"""Tracks made plausible: divisions, gaps, and what is no object."""
