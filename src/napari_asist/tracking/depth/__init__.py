"""Outline and link objects using the maps of the depth network."""
