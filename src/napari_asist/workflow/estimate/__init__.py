"""Estimate simulator settings from videos, and show them."""
