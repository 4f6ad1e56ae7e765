"""Embeddings of windows and tiles cut into the outlines of objects."""
