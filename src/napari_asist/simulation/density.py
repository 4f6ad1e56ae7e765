"""A density map of objects, and positions drawn from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.scene import Scene
from napari_asist.simulation.settings import VideoSettings

CELLS = 4
"""Cells of the map per cluster size."""


@dataclass(frozen=True)
class DensityMap:
    """A density, constant in each cell of a field.

    Attributes
    ----------
    density : ndarray of float64, shape (rows, columns)
        Not negative; only ratios matter.
    cell : float or tuple of float
        Side of a square cell in px, or height and width of a cell.
    field : tuple of int
        Height and width of the field in px, from the map's upper left corner.
    """

    density: NDArray[np.float64]
    cell: float | tuple[float, float]
    field: tuple[int, int]

    def places(
        self, count: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Draw y and x in px, each of shape (count,), according to the density."""
        height, width = (self._covered(axis) for axis in (0, 1))
        total = np.cumsum(self.density * np.outer(height, width))
        chosen = np.searchsorted(total, rng.random(count) * total[-1], side="right")
        row, column = np.unravel_index(chosen, self.density.shape)
        y = row * self.sides[0] + rng.random(count) * height[row]
        x = column * self.sides[1] + rng.random(count) * width[column]
        return y, x

    @property
    def sides(self) -> tuple[float, float]:
        """Height and width of a cell in px."""
        return self.cell if isinstance(self.cell, tuple) else (self.cell, self.cell)

    def at(self, y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the density at positions in the field, in px."""
        rows, columns = (
            np.clip((place // side).astype(int), 0, length - 1)
            for place, side, length in zip(
                (y, x), self.sides, self.density.shape, strict=True
            )
        )
        return np.asarray(self.density[rows, columns])

    def _covered(self, axis: int) -> NDArray[np.float64]:
        """Return the fraction of each row or column of cells inside the field."""
        edges = np.arange(self.density.shape[axis] + 1) * self.sides[axis]
        return np.asarray(np.diff(np.minimum(edges, self.field[axis])))


def clustered_density(
    field: tuple[int, int], clustering: float, size: float, rng: np.random.Generator
) -> DensityMap:
    """Draw the density of a log-Gaussian Cox process.

    Its logarithm is a smooth Gaussian field (Møller, Syversveen and Waagepetersen,
    Scandinavian Journal of Statistics 25, 1998).

    Parameters
    ----------
    field : tuple of int
        Height and width in px.
    clustering : float
        Standard deviation of the density's natural logarithm.
    size : float
        Sigma in px of the Gaussian that smooths the field.
    rng : Generator
    """
    from scipy.ndimage import gaussian_filter

    cell = size / CELLS
    shape = tuple(int(np.ceil(length / cell)) for length in field)
    smooth = gaussian_filter(rng.normal(0, 1, shape), CELLS, mode="wrap")
    spread = max(float(smooth.std()), np.finfo(float).tiny)
    logarithm = clustering * (smooth - smooth.mean()) / spread
    return DensityMap(np.exp(logarithm), cell, field)


def scattered(
    scene: Scene,
    settings: VideoSettings,
    density: DensityMap | None,
    rng: np.random.Generator,
) -> Scene:
    """Return a copy of objects, each at a random position in the simulated field.

    Parameters
    ----------
    scene : structured ndarray with `OBJECT_FIELDS`
    settings : VideoSettings
    density : DensityMap, optional
        Density of the field with its rim; without it, all positions are equally likely.
    rng : Generator
    """
    scene, rim = scene.copy(), settings.rim
    if density:
        for name, place in zip(
            ("y", "x"), density.places(len(scene), rng), strict=True
        ):
            scene[name] = place - rim
        return scene
    for name, size in zip(("y", "x"), settings.field, strict=True):
        scene[name] = rng.uniform(-rim, size - 1 + rim, len(scene))
    return scene


def density_of(settings: VideoSettings, rng: np.random.Generator) -> DensityMap | None:
    """Draw the density map of a video, None if objects are placed evenly.

    A density map in the settings is multiplied by the clusters that they request.
    """
    height, width = (size - 1 + 2 * settings.rim for size in settings.field)
    stated = None
    if settings.density_map:
        rows = np.array(settings.density_map, float)
        stated = DensityMap(
            rows, (height / rows.shape[0], width / rows.shape[1]), (height, width)
        )
    if not settings.clustering:
        return stated
    clusters = clustered_density(
        (height, width), settings.clustering, settings.cluster_size, rng
    )
    return _multiplied(clusters, stated) if stated else clusters


def _multiplied(fine: DensityMap, coarse: DensityMap) -> DensityMap:
    """Return the finer map, each cell multiplied by the coarser map at its center."""
    y, x = (
        (np.arange(length) + 0.5) * side
        for length, side in zip(fine.density.shape, fine.sides, strict=True)
    )
    factor = coarse.at(*np.meshgrid(y, x, indexing="ij"))
    if not factor.any():
        return coarse
    return DensityMap(fine.density * factor, fine.cell, fine.field)
