"""The run folder: its stages, its records, its lock, and its log."""
