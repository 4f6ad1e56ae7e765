"""Refinement: fit simulated labels to their synthetic frames."""
