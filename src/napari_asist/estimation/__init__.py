"""Measure what a video shows: its objects, their sizes, shapes, motion, and borders."""
