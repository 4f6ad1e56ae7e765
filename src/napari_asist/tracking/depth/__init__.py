"""Objects outlined and linked on the maps of the depth network."""
