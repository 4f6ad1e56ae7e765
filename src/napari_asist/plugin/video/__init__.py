"""The Video step: the video, its channels, and the facts about it."""
