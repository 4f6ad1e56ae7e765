"""The virtual microscope: rendering label videos as frames, and fitting to a video."""
