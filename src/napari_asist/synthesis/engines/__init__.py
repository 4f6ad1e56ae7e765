"""Engines of synthesis: turn label videos into frames like those of the microscope."""
