"""Annotation videos from rules, fitted to a video, and a virtual microscope."""
