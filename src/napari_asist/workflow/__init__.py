"""The steps from a video to its tracks, in order, resumed where they stopped."""
