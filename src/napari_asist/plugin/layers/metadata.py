"""What this plugin records on layers: metadata, axes, scale."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from napari.layers import Layer

METADATA_KEY = "napari-asist"

IS_PREVIEW = "is_preview"
"""Under `METADATA_KEY`: marks a layer that cannot be chosen as the video."""

IS_GROUND_TRUTH = "is_ground_truth"
"""Under `METADATA_KEY`: marks a layer that cannot be chosen as the result."""

JOURNAL_KEY = "corrections"
"""Under `METADATA_KEY`, so that saving the layer saves the journal too."""

LayerData: TypeAlias = tuple[Any, dict[str, Any], str]
"""Napari's layer data tuple: data, keyword arguments, layer type."""

AXES = ("t", "y", "x")

PLACE = ("scale", "translate", "units", "axis_labels")
"""What places a layer in world coordinates."""


def layer_facts(layer: Layer) -> Mapping[str, Any]:
    """Return what this plugin recorded in a layer's metadata."""
    facts = layer.metadata.get(METADATA_KEY, {})
    return facts if isinstance(facts, Mapping) else {}


def layer_journal(layer: Layer) -> tuple[str, ...]:
    """Return the corrections of a layer's labels, as far as they are recorded."""
    return tuple(layer_facts(layer).get(JOURNAL_KEY, ()))


def note_facts(layer: Layer, facts: Mapping[str, Any]) -> None:
    """Record facts in a layer's metadata; what else is recorded there is kept."""
    known = {**layer_facts(layer), **facts}
    layer.metadata = {**layer.metadata, METADATA_KEY: known}


def placement(pixel_size: float | None) -> dict[str, Any]:
    """Return the arguments that place a video's layer in world coordinates.

    Time stays in frames; only the image axes are in micrometers.
    """
    if pixel_size is None:
        return {"axis_labels": AXES}
    return {
        "axis_labels": AXES,
        "scale": (1.0, pixel_size, pixel_size),
        "units": ("pixel", "micrometer", "micrometer"),
    }


def place_of(layer: Layer, axes: int = len(AXES)) -> dict[str, Any]:
    """Return the arguments that place a new layer where another one is.

    Napari warns about layers with different units, and ignores all units then.

    Parameters
    ----------
    layer : Layer
    axes : int
        Number of the new layer's axes, counted from the last one.
    """
    return {name: getattr(layer, name)[-axes:] for name in PLACE}
