"""Link objects from window to window of a video."""
