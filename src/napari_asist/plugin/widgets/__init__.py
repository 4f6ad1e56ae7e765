"""Widgets that know nothing of the method."""
