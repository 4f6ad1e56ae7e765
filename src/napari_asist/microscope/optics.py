"""Render the light of objects: textured, thinner at the border, and blurred."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import Image, blurred
from napari_asist.compiled import compiled
from napari_asist.estimation.borders import Outlines
from napari_asist.labels import LabelArray
from napari_asist.microscope.apoptosis import Fragments
from napari_asist.microscope.settings import MicroscopeSettings

LEAST_GROWTH, MOST_GROWTH = -2, 4
"""Maximum number of pixels by which objects are drawn smaller or larger than their
labels."""

DRAWN_REACH = MOST_GROWTH + 1
"""Pixels around a label beyond which nothing of its object is drawn."""


BRIDGE = 0.2
"""How far outlines extend into the gaps between fragments, in radii of the cluster."""


DARKEST = -0.7


@compiled
def grain_at(grain: Image, y: float, x: float) -> float:
    """Return the texture at a position, linear between the grain's pixels.

    Parameters
    ----------
    grain : ndarray of float32, shape (N, N)
        Periodic texture with mean 0.
    y, x : float
        The loops that wrap a position into the grain are short near it.

    Returns
    -------
    float
        Value added to a brightness of 1, at least `DARKEST`.
    """
    height, width = grain.shape
    while y < 0:
        y += height
    while y >= height:
        y -= height
    while x < 0:
        x += width
    while x >= width:
        x -= width
    top, left = int(y), int(x)
    down, across = y - top, x - left
    bottom = top + 1 if top + 1 < height else 0
    right = left + 1 if left + 1 < width else 0
    above = (1 - across) * grain[top, left] + across * grain[top, right]
    below = (1 - across) * grain[bottom, left] + across * grain[bottom, right]
    return float(max((1 - down) * above + down * below, DARKEST))


@dataclass(frozen=True)
class Fit:
    """How objects have to be drawn to match their labels.

    Parameters
    ----------
    growth : float
        Pixels by which an object is drawn larger than its label, so that its visible
        border matches the label's after dimming and blur.
    unit : float
        Mean intensity inside a label for objects of level 1.
    """

    growth: float = 0
    unit: float = 1


def _no_spots() -> Image:
    return np.zeros((0, 0, 4), np.float32)


def _no_fragments() -> Fragments:
    return Fragments(np.zeros(0, np.int64), _no_spots())


@dataclass(frozen=True)
class Look:
    """Everything that is the same in all frames of a video.

    Parameters
    ----------
    grain : ndarray of float32, shape (N, N)
        Periodic texture with mean 0.
    origin : ndarray of float32, shape (highest label + 1, 2)
        Start of each object's own section of the texture.
    loose, condensed : Fit
        For objects in interphase and at metaphase; interpolated in between.
    nucleoli : ndarray of float32, shape (highest label + 1, n, 4)
        See `drawn_nucleoli`; empty if there are none.
    fragments : Fragments
        Fragments of dying objects; its arrays are empty if there are none.
    """

    grain: Image
    origin: Image
    loose: Fit = Fit()
    condensed: Fit = Fit()
    nucleoli: Image = field(default_factory=_no_spots)
    fragments: Fragments = field(default_factory=_no_fragments)

    def shattered(self, time: int) -> NDArray[np.bool_] | None:
        """Return which labels are fragmented in a frame; None if none ever is."""
        return self.fragments.since <= time if self.fragments.spots.size else None


def render_signal(
    outlines: Outlines,
    level: NDArray[np.float32],
    settings: MicroscopeSettings,
    look: Look,
    condensed: NDArray[np.float32] | None = None,
    shattered: NDArray[np.bool_] | None = None,
) -> Image:
    """Render the light of the objects in one frame, without background and noise.

    Parameters
    ----------
    outlines : Outlines
        For the frame's labels; a reach of `DRAWN_REACH` is enough.
    level : ndarray of float32, shape (highest label + 1,)
        Mean intensity of each object, in counts; entry 0 is not used.
    settings : MicroscopeSettings
    look : Look
    condensed : ndarray of float32, shape (highest label + 1,), optional
        Condensation of each object, from 0 (interphase) to 1 (metaphase).
    shattered : ndarray of bool, shape (highest label + 1,), optional
        Which objects are fragmented, see `Look.shattered`.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    return _light(outlines, level, settings, look, condensed, shattered, False).signal


class Light(NamedTuple):
    """The light of the objects in one frame, without background and noise.

    Parameters
    ----------
    signal : ndarray of float32, shape (Y, X)
        See `render_signal`.
    even : ndarray of float32, shape (Y, X)
        The light in which outlines are drawn, without details that people ignore. It
        has no texture and no nucleoli, so outlines are smooth even where dim objects
        are textured; fragments of one object are connected. Around each object, the
        others are treated as equally bright: its border to the background does not
        depend on them. It is 0 beyond the reach of the outlines.
    """

    signal: Image
    even: Image


def render_light(
    outlines: Outlines,
    level: NDArray[np.float32],
    settings: MicroscopeSettings,
    look: Look,
    condensed: NDArray[np.float32] | None = None,
    shattered: NDArray[np.bool_] | None = None,
) -> Light:
    """Render the light of the objects in one frame, with and without details.

    Parameters
    ----------
    outlines, level, settings, look, condensed, shattered
        As for `render_signal`.
    """
    return _light(outlines, level, settings, look, condensed, shattered, True)


def _light(
    outlines: Outlines,
    level: NDArray[np.float32],
    settings: MicroscopeSettings,
    look: Look,
    condensed: NDArray[np.float32] | None,
    shattered: NDArray[np.bool_] | None,
    also_even: bool,
) -> Light:
    if not outlines.labels.any():
        dark = np.zeros(outlines.labels.shape, np.float32)
        return Light(dark, dark)
    condensed = np.zeros_like(level) if condensed is None else condensed
    own = level / _between(look.loose.unit, look.condensed.unit, condensed)
    image, plain = _drawn(
        outlines.labels,
        outlines.nearest,
        outlines.outside,
        outlines.depth,
        _between(look.loose.growth, look.condensed.growth, condensed),
        own,
        np.asarray(1 - settings.condensation * condensed, np.float32),
        look.origin,
        look.grain,
        settings.falloff,
        look.nucleoli,
        look.fragments.spots,
        np.zeros(len(level), np.bool_) if shattered is None else shattered,
        also_even,
    )
    signal = _blurred(image, outlines, settings, condensed)
    if not also_even:
        return Light(signal, signal)
    even = _blurred(plain, outlines, settings, condensed)
    if shattered is not None:
        brightest = look.fragments.spots[..., 3].max(axis=1)
        own = np.where(shattered, own * brightest, own)
    own[0] = 0
    return Light(signal, _multiplied(even, outlines.nearest, own))


def _blurred(
    image: Image,
    outlines: Outlines,
    settings: MicroscopeSettings,
    condensed: NDArray[np.float32],
) -> Image:
    """Blur the drawn objects, and add the halos."""
    light = blurred(image, settings.psf_sigma)
    if settings.halo:
        halo = blurred(image, settings.halo_sigma, truncate=3)
        _mix_in(light, halo, np.float32(1 - settings.halo), np.float32(settings.halo))
    if settings.mitotic_halo and condensed.any():
        shares = np.asarray(settings.mitotic_halo * condensed, np.float32)
        scattered = _multiplied(image, outlines.nearest, shares)
        light += blurred(scattered, settings.mitotic_halo_sigma, truncate=3)
    return light


@compiled
def _mix_in(light: Image, other: Image, kept: np.float32, added: np.float32) -> None:
    """Replace light with the fraction that is kept, plus a fraction of other light."""
    for row in range(light.shape[0]):
        for column in range(light.shape[1]):
            light[row, column] = kept * light[row, column] + added * other[row, column]


@compiled
def _multiplied(image: Image, nearest: LabelArray, factor: Image) -> Image:
    """Multiply each pixel by the factor of its nearest label."""
    product = np.empty_like(image)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            product[row, column] = image[row, column] * factor[nearest[row, column]]
    return product


@compiled
def _drawn(
    labels: LabelArray,
    nearest: LabelArray,
    outside: Image,
    depth: Image,
    growth: Image,
    level: Image,
    loose: Image,
    origin: Image,
    grain: Image,
    falloff: float,
    nucleoli: Image,
    fragments: Image,
    shattered: NDArray[np.bool_],
    also_even: bool,
) -> tuple[Image, Image]:
    """Draw objects before any blur, thinner and dimmer at their borders.

    If requested, they are also drawn without details, all at level 1.
    """
    height, width = labels.shape
    middle, radius, deepest = _bodies(labels, depth, len(level))
    image = np.zeros((height, width), np.float32)
    plain = np.zeros((height if also_even else 0, width), np.float32)
    for row in range(height):
        for column in range(width):
            owner = nearest[row, column]
            if owner == 0:
                continue
            down, across = row - middle[owner, 0], column - middle[owner, 1]
            if shattered[owner]:
                spots = fragments[owner]
                light = _fragments_at(spots, down, across, radius[owner], False)
                image[row, column] = level[owner] * light
                if also_even:
                    plain[row, column] = _fragments_at(
                        spots, down, across, radius[owner], True
                    )
                continue
            inside = depth[row, column]
            reach = inside + 0.5 if inside > 0 else 1 - outside[row, column]
            # An object drawn smaller than its label still keeps its deepest pixels.
            grown = max(growth[owner], 0.5 - deepest[owner])
            covered = min(grown + reach, 1.0)
            if covered <= 0:
                continue
            thinness = 1 - min(inside / deepest[owner], 1.0)
            thickness = 1 - falloff * thinness * thinness * loose[owner]
            if also_even:
                plain[row, column] = covered * thickness
            # The texture is fixed to the center of each object.
            texture = grain_at(
                grain, down + origin[owner, 0], across + origin[owner, 1]
            )
            shine = (1 + loose[owner] * texture) * thickness
            if nucleoli.shape[1] and inside > 0:
                # They fade toward the border, so that they do not notch it.
                dark = _hole_at(nucleoli[owner], down, across, radius[owner])
                dark *= min(2 * inside / deepest[owner], 1.0)
                shine *= 1 - loose[owner] * dark
            image[row, column] = level[owner] * covered * shine
    return image, plain


@compiled
def _bodies(
    labels: LabelArray, depth: Image, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each object's center (y, x), radius as a disc, and maximum depth."""
    deepest, area = np.zeros(count), np.zeros(count, np.int64)
    total = np.zeros((count, 2), np.int64)
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            label = labels[row, column]
            if label:
                area[label] += 1
                total[label, 0] += row
                total[label, 1] += column
                if depth[row, column] > deepest[label]:
                    deepest[label] = depth[row, column]
    middle, radius = np.zeros((count, 2)), np.zeros(count)
    for label in range(count):
        middle[label, 0] = total[label, 0] / max(area[label], 1)
        middle[label, 1] = total[label, 1] / max(area[label], 1)
        radius[label] = math.sqrt(area[label] / math.pi)
    return middle, radius, deepest


@compiled
def _hole_at(spots: Image, down: float, across: float, radius: float) -> float:
    """Return the fraction of the light that nucleoli remove at a position, in px."""
    dark = 0.0
    for spot in range(len(spots)):
        y, x, size, depth = spots[spot]
        away = math.hypot(down - radius * y, across - radius * x)
        covered = min(max(radius * size + 0.5 - away, 0.0), 1.0)
        dark = max(dark, depth * covered)
    return dark


@compiled
def _fragments_at(
    spots: Image, down: float, across: float, radius: float, even: bool
) -> float:
    """Return the light of fragments at a position, in px.

    Even light is 1 inside one outline around all of them, which is smooth where two
    meet: their distances to the position are combined by a smooth minimum.
    """
    light, joined, bridge = 0.0, 0.0, BRIDGE * radius
    for spot in range(len(spots)):
        y, x, size, brightness = spots[spot]
        if brightness == 0:
            continue
        outside = math.hypot(down - radius * y, across - radius * x) - radius * size
        light = max(light, brightness * min(max(0.5 - outside, 0.0), 1.0))
        joined += math.exp(-outside / bridge)
    if not even:
        return light
    return min(max(0.5 + bridge * math.log(max(joined, 1e-9)), 0.0), 1.0)


def _between(
    loose: float, dense: float, condensed: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.asarray(loose + condensed * (dense - loose), np.float32)
