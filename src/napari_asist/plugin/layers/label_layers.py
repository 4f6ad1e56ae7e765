"""Label videos as Labels and Tracks layers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from napari.utils.colormaps import Colormap, CyclicLabelColormap
from numpy.typing import NDArray

from napari_asist.labels import LabelArray, LabelVideo, TrackTable
from napari_asist.measurement.lineages import lay_out_lineages
from napari_asist.measurement.objects import measure_objects
from napari_asist.plugin.layers.colors import TrackColors, color_tracks
from napari_asist.plugin.layers.metadata import (
    JOURNAL_KEY,
    METADATA_KEY,
    LayerData,
    placement,
)

if TYPE_CHECKING:
    import pandas as pd

POINT = ("label", "frame", "y", "x")
"""A point of a napari track, as columns of measured objects."""

Look: TypeAlias = tuple[NDArray[np.float64], TrackColors]
"""The points and the colors of a video's tracks, which take seconds to compute."""

MOST_COLORS = 2**16 - 1

SPARE_COLORS = 1000
"""Number of new labels that a user can paint before colors repeat."""


def label_layers(
    video: LabelVideo,
    name: str,
    pixel_size: float | None = None,
    journal: Sequence[str] = (),
    **options: Any,
) -> list[LayerData]:
    """Return a label video as a Labels layer and a Tracks layer in matching colors.

    Parameters
    ----------
    video : LabelVideo
        Must be valid.
    name : str
        Name of the Labels layer.
    pixel_size : float, optional
        Micrometers.
    journal : sequence of str
        The corrections made so far, which are kept in the Labels layer's metadata.
    **options
        Passed on to both layers, such as ``visible=False``.

    Returns
    -------
    list of LayerData
        There is no Tracks layer if nothing is labeled. The track table is kept in
        the Labels layer's metadata, so that saving keeps the divisions.
    """
    points, color = look_of(video)
    layers = colored_layers(
        video, name, points, color, **placement(pixel_size), **options
    )
    if journal:
        layers[0][1]["metadata"][METADATA_KEY][JOURNAL_KEY] = list(journal)
    return layers


def look_of(video: LabelVideo) -> Look:
    """Return what `colored_layers` needs for a video; may be called in any thread.

    See `track_points` and `color_tracks`.
    """
    return track_points(video.labels), color_tracks(video)


def colored_layers(
    video: LabelVideo,
    name: str,
    points: NDArray[np.float64],
    color: TrackColors,
    **options: Any,
) -> list[LayerData]:
    """Return the layers of `label_layers` from precomputed points and colors.

    Parameters
    ----------
    video : LabelVideo
    name : str
    points : ndarray of float64, shape (number of points, 4)
        See `track_points`.
    color : dict of int to int, and ndarray of float32
        See `color_tracks`.
    **options
        Passed on to both layers.
    """
    color_of, colors = color
    labels: LayerData = (
        video.labels,
        {
            "name": name,
            "colormap": _label_colormap(color_of, colors),
            "opacity": 0.5,
            "metadata": {
                METADATA_KEY: {
                    "tracks": video.tracks,
                    "first_frame": video.first_frame,
                }
            },
            **options,
        },
        "labels",
    )
    if not len(points):
        return [labels]
    tracks: LayerData = (
        points,
        {
            "name": f"{name} tracks",
            "graph": _graph(video.tracks),
            "features": _features(points, video, color_of, len(colors)),
            "color_by": "color",
            "colormaps_dict": {"color": track_colormap(colors)},
            "blending": "translucent",
            **options,
        },
        "tracks",
    )
    return [labels, tracks]


def track_points(labels: LabelArray) -> NDArray[np.float64]:
    """Return the position of each label in each of its frames.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, Y, X)

    Returns
    -------
    ndarray of float64, shape (number of points, 4)
        Label, frame, and the centroid's row and column; sorted by label and frame.
    """
    objects = np.sort(measure_objects(labels), order=("label", "frame"))
    columns = [objects[name] for name in POINT]
    return np.stack(columns, axis=1, dtype=np.float64)


def _label_colormap(
    color_of: dict[int, int], colors: NDArray[np.float32]
) -> CyclicLabelColormap:
    highest = max(color_of, default=0)
    # Labels that a user paints later cycle through the palette.
    index = np.arange(min(highest + SPARE_COLORS, MOST_COLORS) + 1) % len(colors)
    for label, color in color_of.items():
        if label < len(index):
            index[label] = color
    opaque = np.ones((len(index), 4), np.float32)
    opaque[:, :3] = colors[index]
    opaque[0] = 0
    return CyclicLabelColormap(colors=opaque)


def track_colormap(colors: NDArray[np.float32]) -> Colormap:
    """Return a colormap of exactly these colors.

    Parameters
    ----------
    colors : ndarray of float32, shape (number of colors, 3)
        The color with index i is that of the value (i + 0.5) / (number of colors).
    """
    return Colormap(
        colors=colors,
        controls=np.linspace(0, 1, len(colors) + 1),
        interpolation="zero",
        name="tracks",
    )


def _graph(tracks: TrackTable) -> dict[int, list[int]]:
    return {label: [parent] for label, _, _, parent in tracks.tolist() if parent}


def _features(
    points: NDArray[np.float64],
    video: LabelVideo,
    color_of: dict[int, int],
    n_colors: int,
) -> "pd.DataFrame":
    """Return the features that a Tracks layer can be colored by, one row per point."""
    import pandas as pd

    lineages = lay_out_lineages(video.tracks)[
        ["label", "begin", "end", "parent", "root", "generation"]
    ]
    by_track = pd.DataFrame(
        {
            "color": [
                (color_of[label] + 0.5) / n_colors
                for label in lineages["label"].tolist()
            ],
            "length": lineages["end"] - lineages["begin"] + 1,
            **{name: lineages[name] for name in ("parent", "root", "generation")},
        },
        index=lineages["label"],
    )
    return by_track.loc[points[:, 0].astype(int)].reset_index(drop=True)
