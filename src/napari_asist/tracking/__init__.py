"""Tracking: from a video and its embedding to a label video with divisions."""
