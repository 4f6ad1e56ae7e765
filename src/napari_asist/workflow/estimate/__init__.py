"""Simulator settings estimated from videos, and shown."""
