"""Tracking: turn a video and its embedding into a label video with divisions."""
