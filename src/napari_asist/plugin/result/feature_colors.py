"""Colors of a result's layers by a number of each track, instead of by track."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from napari.layers import Labels, Tracks
from napari.utils.colormaps import DirectLabelColormap, ensure_colormap
from numpy.typing import NDArray

from napari_asist.plugin.layers.colors import GRAY
from napari_asist.plugin.layers.label_layers import track_colormap

COLORMAP = "viridis"

DARKEST = 0.2
"""The colormap starts here, because darker colors vanish on a dark video."""

SHADES = 64

COLUMN = "{} (color)"
"""Column of a Tracks layer's features with the place of each point in the colors."""


@cache
def shades() -> NDArray[np.float32]:
    """Return the colors from the lowest to the highest number, and that of unknown.

    Returns
    -------
    ndarray of float32, shape (SHADES + 1, 3)
        RGB from 0 to 1.
    """
    colormap = ensure_colormap(COLORMAP)
    scale = np.asarray(colormap.map(np.linspace(DARKEST, 1, SHADES)))[:, :3]
    unknown = np.array(GRAY, np.float32) / 255
    return np.asarray(np.concatenate([scale, unknown[np.newaxis]]), np.float32)


class FeatureColors:
    """Colors layers by a feature, and gives them their own colors back.

    A correction gives the layers their own colors, so `paint` is called after each.
    """

    def __init__(self) -> None:
        self.feature = ""
        """What the layers are colored by; empty for their own colors."""
        self._places: dict[int, int] = {}
        self._labels: Labels | None = None
        self._own_labels: Any = None
        self._painted_labels: Any = None
        self._tracks: Tracks | None = None
        self._own_tracks = ""

    def choose(
        self, feature: str, values: Mapping[int, float], low: float, high: float
    ) -> None:
        """Choose the feature; `paint` then shows it.

        Parameters
        ----------
        feature : str
            Its name, for the layers' features.
        values : mapping of int to float
            The number of each track; NaN if unknown.
        low, high : float
            The numbers with the first and the last color.
        """
        if feature != self.feature:
            self.restore()
        self.feature = feature
        numbers = np.array(list(values.values()), float)
        known = ~np.isnan(numbers)
        places = np.full(len(numbers), SHADES)
        share = (numbers[known] - low) / max(high - low, np.finfo(float).tiny)
        places[known] = np.clip(share, 0, 1) * (SHADES - 1)
        self._places = dict(zip(values, places.tolist(), strict=True))

    def paint(self, labels: Labels | None, tracks: Tracks | None) -> None:
        """Color the layers by the chosen feature, if there is one."""
        if self._labels is not None and labels is not self._labels:
            self.restore()  # another result starts with its own colors
        if not self.feature or labels is None:
            return
        self._labels = labels
        if labels.colormap is not self._painted_labels:
            self._own_labels = labels.colormap
        colors, shown = shades(), labels.colormap
        names: dict[int | None, Any] = {
            label: colors[place] for label, place in self._places.items()
        }
        labels.colormap = DirectLabelColormap(
            color_dict={**names, None: colors[SHADES], 0: "transparent"},
            use_selection=shown.use_selection,
            selection=shown.selection,
        )
        self._painted_labels = labels.colormap
        if tracks is not None:
            self._paint_tracks(tracks)

    def restore(self) -> None:
        """Give the layers their own colors back."""
        labels, painted = self._labels, self._painted_labels
        if labels is not None and labels.colormap is painted:
            self._own_labels.use_selection = painted.use_selection
            self._own_labels.selection = painted.selection
            labels.colormap = self._own_labels
        if self._tracks is not None:
            tracks, column = self._tracks, COLUMN.format(self.feature)
            if tracks.color_by == column:
                tracks.color_by = self._own_tracks
            tracks.features = tracks.features.drop(columns=column, errors="ignore")
            tracks.colormaps_dict = {
                name: colormap
                for name, colormap in tracks.colormaps_dict.items()
                if name != column
            }
        self.feature, self._places = "", {}
        self._labels = self._own_labels = self._painted_labels = None
        self._tracks, self._own_tracks = None, ""

    def _paint_tracks(self, tracks: Tracks) -> None:
        column, colors = COLUMN.format(self.feature), shades()
        if tracks is not self._tracks:
            self._tracks, self._own_tracks = tracks, tracks.color_by
        names = np.asarray(tracks.data)[:, 0].astype(int).tolist()
        places = np.array([self._places.get(name, SHADES) for name in names])
        tracks.colormaps_dict = {
            **tracks.colormaps_dict,
            column: track_colormap(colors),
        }
        tracks.features = tracks.features.assign(
            **{column: (places + 0.5) / len(colors)}
        )
        tracks.color_by = column
