"""The virtual microscope: label videos drawn as frames, and its fit to a video."""
