"""Conversion of videos and label videos to napari layers and back."""
