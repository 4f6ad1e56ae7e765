"""Segment embeddings of windows and tiles into objects."""
