"""Chains of linked objects: what tracks are before they are repaired."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray, labels_in
from napari_asist.mapped import release
from napari_asist.tracking.assign import AssignmentLinker
from napari_asist.tracking.link import link
from napari_asist.tracking.scratch import widened
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.windows import Piece


class Chains:
    """Tracks as they grow, a piece at a time."""

    def __init__(
        self, labels: LabelArray, settings: TrackingSettings, scratch: Path | None
    ) -> None:
        self.labels = labels
        self._settings = settings
        self._scratch = scratch
        self._next = 1
        self._linker = AssignmentLinker(settings)

    def add(self, piece: Piece) -> None:
        """Link a piece to the frames before it and write its new frames."""
        if piece.first == 0:
            self._begin(piece)
        elif self._settings.linker == "overlap":
            names, self._next = link(
                self.labels[piece.first],
                piece.labels,
                self._next,
                self._settings.link_iou,
            )
            for offset in range(1, len(piece.labels)):
                self._write(piece.first + offset, names[piece.labels[offset]])
        else:
            for offset in range(1, len(piece.labels)):
                self._assign(piece, offset)
        release(self.labels)

    def _begin(self, piece: Piece) -> None:
        first_only = self._settings.linker == "assignment"
        self._next = int(piece.labels.max(initial=0)) + 1
        for offset in range(1 if first_only else len(piece.labels)):
            self._write(offset, piece.labels[offset])
        for offset in range(1, len(piece.labels) if first_only else 1):
            self._assign(piece, offset)

    def _assign(self, piece: Piece, offset: int) -> None:
        """Name the objects of a frame after the tracks of the frame before it."""
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
            elif label:
                names[label], self._next = self._next, self._next + 1
        self._write(time, names[own])

    def _write(self, time: int, frame: NDArray[np.integer]) -> None:
        if self._next - 1 > np.iinfo(self.labels.dtype).max:
            self.labels = widened(self.labels, self._scratch)
        self.labels[time] = frame
