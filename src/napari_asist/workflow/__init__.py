"""The steps from a video to its tracks, in order; each resumes where it stopped."""
