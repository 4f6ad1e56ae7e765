"""Chains of linked objects: tracks before they are repaired."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray, labels_in
from napari_asist.mapped import release
from napari_asist.tracking.linking.assignment import AssignmentLinker
from napari_asist.tracking.linking.overlap import link
from napari_asist.tracking.repair.tracks import widened
from napari_asist.tracking.segmentation.windows import Piece
from napari_asist.tracking.settings import TrackingSettings


class Chains:
    """Tracks built one piece at a time."""

    def __init__(
        self, labels: LabelArray, settings: TrackingSettings, scratch: Path | None
    ) -> None:
        self.labels = labels
        self._settings = settings
        self._scratch = scratch
        self._next = 1
        self._linker = AssignmentLinker(settings)

    def add(self, piece: Piece) -> None:
        """Link a piece to the previous frames and write its new frames."""
        if piece.first == 0:
            self._next = int(piece.labels.max(initial=0)) + 1
            self._write(0, piece.labels[0])
        if self._settings.linker == "assignment":
            for offset in range(1, len(piece.labels)):
                self._assign(piece, offset)
        else:
            self._overlap(piece)
        release(self.labels)

    def _overlap(self, piece: Piece) -> None:
        """Name the objects of a piece after the tracks in the shared frame."""
        names = np.arange(self._next)
        if piece.first:
            names, self._next = link(
                self.labels[piece.first],
                piece.labels,
                self._next,
                self._settings.link_iou,
            )
        for offset in range(1, len(piece.labels)):
            self._write(piece.first + offset, names[piece.labels[offset]])

    def _assign(self, piece: Piece, offset: int) -> None:
        """Name the objects of a frame after the tracks in the previous frame."""
        time, own = piece.first + offset, piece.labels[offset]
        found = self._linker.link(
            self.labels[time - 1],
            own,
            piece.embedding[offset - 1],
            piece.embedding[offset],
        )
        names = np.zeros(int(own.max(initial=0)) + 1, np.int64)
        for label in labels_in(own).tolist():
            if label in found:
                names[label] = found[label]
            else:
                names[label], self._next = self._next, self._next + 1
        self._write(time, names[own])

    def _write(self, time: int, frame: NDArray[np.integer]) -> None:
        if self._next - 1 > np.iinfo(self.labels.dtype).max:
            self.labels = widened(self.labels, self._scratch)
        self.labels[time] = frame
