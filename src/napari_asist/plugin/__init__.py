"""The napari plugin: the only package that imports napari; it holds no science."""
