"""What this plugin notes on layers: metadata, axes, scale."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from napari.layers import Layer

METADATA_KEY = "napari-asist"

IS_PREVIEW = "is_preview"
"""Below that key: the layer is no video to choose."""

JOURNAL_KEY = "corrections"
"""Below `METADATA_KEY`, so that saving the layer saves the journal too."""

LayerData: TypeAlias = tuple[Any, dict[str, Any], str]
"""What napari calls a layer data tuple: data, keyword arguments, type of layer."""

AXES = ("t", "y", "x")


def layer_facts(layer: Layer) -> Mapping[str, Any]:
    """Return what this plugin noted in a layer's metadata."""
    facts = layer.metadata.get(METADATA_KEY, {})
    return facts if isinstance(facts, Mapping) else {}


def placement(pixel_size: float | None) -> dict[str, Any]:
    """Return the arguments that put a video's layer in its place in the world.

    Frames stay frames; only the axes of the image are in micrometers.
    """
    if pixel_size is None:
        return {"axis_labels": AXES}
    return {
        "axis_labels": AXES,
        "scale": (1.0, pixel_size, pixel_size),
        "units": ("pixel", "micrometer", "micrometer"),
    }
