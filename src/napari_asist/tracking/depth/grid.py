"""Alignment of a network's maps with the pixels of the video."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
AS_FINE = 0.95
"""A video whose pixels are this much finer than the maps' counts as not coarser."""


@dataclass(frozen=True)
class Grid:
    """Alignment of the pixels of a video with those of a network's maps.

    Parameters
    ----------
    video : (int, int)
        Height and width of the video.
    maps : (int, int)
        Height and width of the maps of the same field.
    radius : float
        Typical radius in px of the maps.
    """

    video: tuple[int, int]
    maps: tuple[int, int]
    radius: float

    @cached_property
    def zoom(self) -> float:
        """Pixels of the video per pixel of the maps, along an axis."""
        return sqrt(self.video[0] * self.video[1] / (self.maps[0] * self.maps[1]))

    @cached_property
    def video_radius(self) -> float:
        """Typical radius in px of the video."""
        return self.radius * self.zoom

    @cached_property
    def fine(self) -> tuple[int, int]:
        """Shape of the grid on which objects are separated: the finer of both."""
        return self.video if self.zoom >= AS_FINE else self.maps

    @cached_property
    def fine_radius(self) -> float:
        """Typical radius in px of that grid."""
        return self.video_radius if self.is_fine else self.radius

    @cached_property
    def is_fine(self) -> bool:
        """Whether the video is no coarser than the maps."""
        return self.fine == self.video

    @cached_property
    def step(self) -> tuple[float, float]:
        """Height and width of a pixel of the fine grid in px of the maps."""
        return self.maps[0] / self.fine[0], self.maps[1] / self.fine[1]

    @cached_property
    def video_step(self) -> tuple[float, float]:
        """Height and width of a pixel of the video in px of the maps."""
        return self.maps[0] / self.video[0], self.maps[1] / self.video[1]
