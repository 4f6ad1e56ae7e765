"""Synthesis engines, which turn label videos into microscope-like frames."""
