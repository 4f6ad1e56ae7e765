"""Chains of linked objects, built frame by frame."""

from math import pi
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray
from napari_asist.tracking.depth.cutting import cut_objects, find_cuts
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.linking import linked, shared_pixels, traced_pixels
from napari_asist.tracking.depth.objects import Segmented
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.tracks import widened


class DepthChains:
    """Tracks built one frame at a time; only the last frame is kept in memory.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (T, H, W)
        Receives the tracks.
    settings : DepthTrackingSettings
    scratch : Path or None
        Folder for the labels, in case they need more bits.
    """

    def __init__(
        self, labels: LabelArray, settings: DepthTrackingSettings, scratch: Path | None
    ) -> None:
        self.labels = labels
        self._settings = settings
        self._scratch = scratch
        self._time = 0
        self._next = 1
        self._last: Segmented | None = None
        self._names = np.zeros(0, np.int64)
        self._alone = np.zeros(0, np.int64)
        self._cut = np.zeros(0, np.int64)
        self.traced = np.zeros(0)
        """For each object of the last frame, the fraction of its pixels that the
        network traces back to the object to which it is linked; NaN without a link."""

    def add(
        self, objects: Segmented, offset: NDArray[np.float32], grid: Grid
    ) -> Segmented:
        """Link a frame's objects to those of the previous frame and write them.

        Parameters
        ----------
        objects : Segmented
        offset : ndarray of float32, shape (2, ceil(Y / 2), ceil(X / 2))
            See `Maps`.
        grid : Grid

        Returns
        -------
        Segmented
            The objects as written: those that contained two are cut.
        """
        links: list[tuple[int, int]] = []
        found = len(objects)
        if self._last is not None:
            objects, links = self._linked(self._last, objects, offset, grid)
        names = np.zeros(len(objects), np.int64)
        alone = np.ones(len(objects), np.int64)
        cut = np.zeros(len(objects), np.int64)
        for earlier, later in links:
            names[later] = self._names[earlier]
            # Objects after the detected ones are parts of them.
            is_part = later >= found
            alone[later] = self._alone[earlier] + (not is_part)
            cut[later] = self._cut[earlier] + 1 if is_part else 0
        self.traced = self._traced(objects, links, offset, grid)
        new = np.flatnonzero(names == 0)
        names[new] = self._next + np.arange(len(new))
        self._next += len(new)
        self._write(objects.labels, names)
        self._last, self._names, self._alone, self._cut = objects, names, alone, cut
        return objects

    def _traced(
        self,
        objects: Segmented,
        links: list[tuple[int, int]],
        offset: NDArray[np.float32],
        grid: Grid,
    ) -> NDArray[np.float64]:
        shares = np.full(len(objects), np.nan)
        if self._last is None or not links:
            return shares
        traced, size = traced_pixels(self._last, objects, offset, grid)
        earlier, later = np.array(links, np.int64).T
        pixels = traced.at(earlier * len(objects) + later)
        shares[later] = pixels / np.maximum(size[later], 1)
        return shares

    def _linked(
        self,
        before: Segmented,
        after: Segmented,
        offset: NDArray[np.float32],
        grid: Grid,
    ) -> tuple[Segmented, list[tuple[int, int]]]:
        settings = self._settings
        shared = shared_pixels(before, after)
        links = linked(before, after, shared, offset, grid, settings)
        if not settings.cut_forwards:
            return after, links
        typical = pi * grid.video_radius**2
        able = (
            (self._alone >= settings.cut_history)
            & (self._cut < settings.cut_patience * self._alone)
            & (before.areas >= settings.cut_area * typical)
        )
        cuts, links = find_cuts(
            before, after, shared, links, self._alone, able, settings
        )
        after, more = cut_objects(before, after, cuts, settings.smallest * typical)
        return after, links + more

    def _write(self, labels: NDArray[np.int32], names: NDArray[np.int64]) -> None:
        if self._next - 1 > np.iinfo(self.labels.dtype).max:
            self.labels = widened(self.labels, self._scratch)
        table = np.zeros(len(names) + 1, self.labels.dtype)
        table[1:] = names
        self.labels[self._time] = table[labels]
        self._time += 1
