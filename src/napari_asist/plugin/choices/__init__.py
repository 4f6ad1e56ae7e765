"""Choices that several panels offer: video, run, preset, simulator, engine."""
