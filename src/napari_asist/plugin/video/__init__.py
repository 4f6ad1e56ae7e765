"""The Video step: the video, its channels and its properties."""
