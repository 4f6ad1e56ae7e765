"""The run folder: its stages, records, lock and log."""
