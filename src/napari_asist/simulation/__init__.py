"""Simulate label videos from rules: nuclei and sticks."""
