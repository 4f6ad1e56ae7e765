"""Objects linked from window to window of a video."""
