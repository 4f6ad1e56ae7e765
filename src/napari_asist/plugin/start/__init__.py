"""The page on which the plugin opens: from a video to its tracks in one click."""
