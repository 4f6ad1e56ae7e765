"""Nuclei that die: clusters of small bright fragments, each cluster one object."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from napari_asist.labels import TrackTable, dividing_labels
from napari_asist.settings import Settings

FEWEST, MOST = 2, 8
"""Fragments of a nucleus."""

NEVER = np.iinfo(np.int64).max


class ApoptosisSettings(Settings):
    """How many nuclei die, and how their fragments look.

    A nucleus that has died is a cluster of bright fragments for the rest of its track.
    It keeps its one label, whose outline goes around the cluster, and ends without a
    division: people track it until it vanishes.
    """

    share: float = Field(
        0,
        ge=0,
        le=1,
        description="Part of the tracks without a division that end as fragments: half "
        "of them are from the beginning, half from a random frame on.",
    )
    brightness: float = Field(
        3,
        ge=0.5,
        le=10,
        description="How many times brighter than their nucleus fragments are; they "
        "differ by a half from each other.",
    )
    extent: float = Field(
        0.85,
        ge=0.4,
        le=1,
        description="Radius of the cluster as a part of the nucleus's.",
    )


class Fragments(NamedTuple):
    """When nuclei die, and what is left of them.

    Parameters
    ----------
    since : ndarray of int64, shape (highest label + 1,)
        The first frame in which a nucleus is fragments; `NEVER` for most.
    spots : ndarray of float32, shape (highest label + 1, `MOST`, 4)
        Place along y and x from the center and radius, in radii of the nucleus, and
        brightness over the nucleus's: 0 where there is none. Where no nucleus dies the
        second length is 0.
    """

    since: NDArray[np.int64]
    spots: NDArray[np.float32]


def drawn_fragments(
    settings: ApoptosisSettings,
    tracks: TrackTable,
    highest: int,
    rng: np.random.Generator,
) -> Fragments:
    """Draw which nuclei die, when, and their fragments.

    Parameters
    ----------
    settings : ApoptosisSettings
    tracks : structured ndarray of `TRACK_DTYPE`
    highest : int
        Label.
    rng : Generator
    """
    since = np.full(highest + 1, NEVER)
    if not settings.share:
        return Fragments(since, np.zeros((highest + 1, 0, 4), np.float32))
    dividing = dividing_labels(tracks)
    single = ~np.isin(tracks["label"], dividing) & ~np.isin(tracks["parent"], dividing)
    dies = single & (rng.random(len(tracks)) < settings.share)
    begin, end = tracks["begin"], tracks["end"]
    later = rng.integers(begin, end + 1)
    first = np.where(rng.random(len(tracks)) < 0.5, begin, later)
    since[tracks["label"][dies]] = first[dies]
    shape = (highest + 1, MOST)
    number = rng.integers(FEWEST, MOST + 1, highest + 1)
    # The first are the largest; together they fill about half of the cluster.
    size = np.exp(rng.normal(0, 0.3, shape)) / np.sqrt(1 + np.arange(MOST))
    size = np.minimum(0.55 * size, 0.6)
    away = np.sqrt(rng.uniform(0.3, 1, shape)) * (1 - size)
    way = rng.uniform(0, 2 * np.pi, shape)
    light = settings.brightness * rng.uniform(0.5, 1, shape)
    light *= np.arange(MOST) < number[:, None]
    places = [settings.extent * part for part in (np.sin(way), np.cos(way))]
    spots = [places[0] * away, places[1] * away, settings.extent * size, light]
    return Fragments(since, np.stack(spots, axis=-1).astype(np.float32))
