"""Refinement: simulated labels that fit the synthetic frames they belong to."""
