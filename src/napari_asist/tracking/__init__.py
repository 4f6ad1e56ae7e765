"""Tracking: turn a video into a label video with divisions."""
