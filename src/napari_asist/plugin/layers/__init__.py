"""Videos and label videos as layers of napari, and back."""
