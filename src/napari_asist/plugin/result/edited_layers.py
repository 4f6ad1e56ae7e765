"""Update the layers of a result after one correction."""

import warnings

import numpy as np
from napari.layers import Labels, Tracks
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo
from napari_asist.plugin.layers.colors import (
    TrackColors,
    clear_color,
    color_distances,
    near_labels,
)
from napari_asist.plugin.layers.label_layers import POINT, colored_layers
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.work.meanwhile import breathe
from napari_asist.proofreading import Edit
from napari_asist.proofreading.edit import write_changes


def draw_edit(edit: Edit, layer: Labels) -> bool:
    """Draw the changed pixels on a Labels layer; return whether that was possible."""
    labels = layer.data
    if not isinstance(labels, np.ndarray) or not labels.flags.writeable:
        return False
    highest = max(edit.labels(), default=0)
    if labels.ndim != 3 or highest > np.iinfo(labels.dtype).max:
        return False
    write_changes(edit.changes, labels)
    layer.refresh()
    return True


def forget_strokes(layer: Labels) -> None:
    """Empty napari's own undo history of a Labels layer.

    Its strokes are part of the result, or are gone. To undo one of them with Ctrl+Z
    would change the layer, but not the result.
    """
    mode = layer.mode
    # Napari empties it when a layer becomes read-only.
    layer.editable = False
    layer.editable = True
    layer.mode = mode


def edited_layers(
    edit: Edit, video: LabelVideo, name: str, tracks: Tracks | None
) -> list[LayerData] | None:
    """Return the same layers as `label_layers`, in a fraction of the time.

    Parameters
    ----------
    edit : Edit
        The correction.
    video : LabelVideo
        The result after it.
    name : str
    tracks : Tracks or None
        The layer that showed the result before.

    Returns
    -------
    list of LayerData or None
        None if the layer does not record what was shown.
    """
    shown = None if tracks is None else _shown_colors(tracks)
    if tracks is None or shown is None or not len(video.tracks):
        return None
    points = _edited_points(np.asarray(tracks.data, float), edit, video)
    return colored_layers(video, name, points, _recolored(shown, edit, video))


def renew_tracks(layer: Tracks, made: LayerData) -> None:
    """Replace the tracks of a Tracks layer, which is faster than a new layer."""
    points, options, _ = made
    color_by = layer.color_by
    with warnings.catch_warnings():
        # The layer looks up the color feature before it has any features.
        warnings.simplefilter("ignore")
        layer.data = points
    layer.colormaps_dict = {**layer.colormaps_dict, **options["colormaps_dict"]}
    layer.features = options["features"]
    layer.color_by = color_by if color_by in layer.features else options["color_by"]
    # The graph takes napari about as long as the rest.
    breathe()
    layer.graph = options["graph"]


def _shown_colors(tracks: Tracks) -> TrackColors | None:
    if "color" not in tracks.features or "color" not in tracks.colormaps_dict:
        return None
    colors = np.asarray(tracks.colormaps_dict["color"].colors, np.float32)[:, :3]
    places = np.floor(np.asarray(tracks.features["color"]) * len(colors)).astype(int)
    labels = np.asarray(tracks.data)[:, 0].astype(int)
    return dict(zip(labels.tolist(), places.tolist(), strict=True)), colors


def _edited_points(
    points: NDArray[np.float64], edit: Edit, video: LabelVideo
) -> NDArray[np.float64]:
    edited: list[int] = []
    found: list[tuple[float, ...]] = []
    frames, width = len(video), video.labels.shape[2]
    for change in edit.changes:
        for label in change.labels():
            edited.append(label * frames + change.time)
            pixels = np.flatnonzero(video.labels[change.time] == label)
            if area := len(pixels):
                y, x = (pixels // width).sum() / area, (pixels % width).sum() / area
                found.append((label, change.time, y, x))
    added = np.array(found, np.float64).reshape(-1, len(POINT))
    is_kept = ~np.isin(points[:, 0] * frames + points[:, 1], edited)
    kept = np.concatenate([points[is_kept], added])
    return np.asarray(kept[np.lexsort((kept[:, 1], kept[:, 0]))])


def _recolored(shown: TrackColors, edit: Edit, video: LabelVideo) -> TrackColors:
    """Color new labels, and recolor edited ones that match a neighbor."""
    before, colors = shown
    alive = set(video.tracks["label"].tolist())
    color_of = {label: color for label, color in before.items() if label in alive}
    distances = color_distances(colors)
    uses = np.bincount(list(color_of.values()), minlength=len(colors))
    for label in sorted(edit.labels() & alive | alive - color_of.keys()):
        taken = [color_of[near] for near in near_labels(video, label) & color_of.keys()]
        if label not in color_of or color_of[label] in taken:
            color_of[label] = clear_color(distances, taken, uses)
            uses[color_of[label]] += 1
    return color_of, colors
