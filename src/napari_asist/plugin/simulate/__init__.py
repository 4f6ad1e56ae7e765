"""The Simulate step: tuning the simulator over the video, with previews."""
