"""Processes: thin tails at the ends of cells that people do not outline."""

import math

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image
from napari_asist.compiled import compiled
from napari_asist.labels import LabelArray
from napari_asist.microscope.settings import ProcessSettings

STEP = 0.5
"""Pixels between the points at which a process is drawn."""

WOBBLE = 0.1
"""Fraction of a bend that is redrawn in each frame."""


class Processes:
    """The processes of a video's objects, which persist over time.

    Parameters
    ----------
    highest : int
        Largest label.
    settings : ProcessSettings
    rng : Generator
    """

    def __init__(
        self, highest: int, settings: ProcessSettings, rng: np.random.Generator
    ) -> None:
        self.settings, self.rng = settings, rng
        ends = (highest + 1, 2)
        low, high = settings.length_min, settings.length_max
        there = rng.random(ends) < settings.chance
        self.lengths = rng.uniform(low, high, ends) * there
        self.bends = rng.normal(0, settings.bend, ends)
        self.axes = np.zeros(ends)

    def light(self, labels: LabelArray, level: NDArray[np.float32]) -> Image:
        """Draw the processes of the objects in the next frame.

        Parameters
        ----------
        labels : ndarray of unsigned int, shape (Y, X)
        level : ndarray of float32, shape (highest label + 1,)
            Light of each object, in counts.

        Returns
        -------
        ndarray of float32, shape (Y, X)
            Where two overlap, the brighter one is visible. A process begins inside its
            object, at the end of the long axis.
        """
        settings = self.settings
        kept = math.sqrt(1 - WOBBLE**2)
        step = self.rng.normal(0, settings.bend, self.bends.shape)
        self.bends = kept * self.bends + WOBBLE * step
        return _drawn(
            np.ascontiguousarray(labels),
            np.asarray(settings.brightness * level, np.float32),
            self.axes,
            self.lengths,
            self.bends,
            settings.thickness,
        )


@compiled
def _drawn(
    labels: LabelArray,
    level: NDArray[np.float32],
    axes: NDArray[np.float64],
    lengths: NDArray[np.float64],
    bends: NDArray[np.float64],
    thickness: float,
) -> Image:
    """Draw processes at the ends of long axes, which are stored in `axes`."""
    height, width = labels.shape
    count = len(level)
    sums = np.zeros((count, 6))
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label:
                mine = sums[label]
                mine[0] += 1
                mine[1] += row
                mine[2] += column
                mine[3] += row * row
                mine[4] += row * column
                mine[5] += column * column
    for label in range(1, count):
        area = sums[label, 0]
        if area == 0:
            continue
        y, x = sums[label, 1] / area, sums[label, 2] / area
        yy = sums[label, 3] / area - y * y
        xy = sums[label, 4] / area - y * x
        xx = sums[label, 5] / area - x * x
        angle = 0.5 * math.atan2(2 * xy, xx - yy)
        down, across = math.sin(angle), math.cos(angle)
        # Keep the order of the two ends, whichever way the axis points.
        if down * axes[label, 0] + across * axes[label, 1] < 0:
            down, across = -down, -across
        axes[label, 0], axes[label, 1] = down, across
    reach = np.zeros((count, 2))
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label == 0:
                continue
            dy = row - sums[label, 1] / sums[label, 0]
            dx = column - sums[label, 2] / sums[label, 0]
            along = dy * axes[label, 0] + dx * axes[label, 1]
            end = 0 if along > 0 else 1
            reach[label, end] = max(reach[label, end], abs(along))
    # The middle of an end of several pixels.
    tips = np.zeros((count, 2, 3))
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if label == 0:
                continue
            dy = row - sums[label, 1] / sums[label, 0]
            dx = column - sums[label, 2] / sums[label, 0]
            along = dy * axes[label, 0] + dx * axes[label, 1]
            end = 0 if along > 0 else 1
            if abs(along) > reach[label, end] - 1:
                tips[label, end, 0] += 1
                tips[label, end, 1] += row
                tips[label, end, 2] += column
    image = np.zeros((height, width), np.float32)
    for label in range(1, count):
        for end in range(2):
            length, there = lengths[label, end], tips[label, end, 0]
            if there == 0 or length == 0:
                continue
            # Inside the tip, where the object is as thick as its process.
            inside = min(2 * thickness, 0.5 * reach[label, end])
            sign = 1 - 2 * end
            angle = math.atan2(sign * axes[label, 0], sign * axes[label, 1])
            y = tips[label, end, 1] / there - inside * math.sin(angle)
            x = tips[label, end, 2] / there - inside * math.cos(angle)
            steps = int((length + inside) / STEP)
            for step in range(steps):
                part = step / steps
                light = level[label] * (1 - part)
                _stamp(image, y, x, light, thickness * (1 - 0.6 * part))
                turned = angle + bends[label, end] * part
                y += STEP * math.sin(turned)
                x += STEP * math.cos(turned)
    return image


@compiled
def _stamp(image: Image, y: float, x: float, light: float, sigma: float) -> None:
    """Draw a spot, keeping brighter ones."""
    height, width = image.shape
    reach = 2.5 * sigma + 0.5
    top, bottom = max(0, math.ceil(y - reach)), min(height - 1, math.floor(y + reach))
    left, right = max(0, math.ceil(x - reach)), min(width - 1, math.floor(x + reach))
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            square = (row - y) ** 2 + (column - x) ** 2
            spot = light * math.exp(-0.5 * square / (sigma * sigma))
            image[row, column] = max(image[row, column], np.float32(spot))
