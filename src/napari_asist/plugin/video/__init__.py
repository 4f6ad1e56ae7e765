"""The step Video: the video, its channels, and what is known of it."""
