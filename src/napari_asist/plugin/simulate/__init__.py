"""The step Simulate: the simulator tuned over the video, with previews."""
