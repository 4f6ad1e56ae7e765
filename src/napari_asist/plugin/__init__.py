"""The napari plugin: the only room that knows napari; it holds no science."""
