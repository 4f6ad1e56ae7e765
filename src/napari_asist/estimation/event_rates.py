"""Rates at which objects appear, disappear and divide, from runs of frames.

Detections are occasionally missed or cut in two, which looks like an event. An event is
therefore counted only well inside the field, and only if the two frames before and the
two after it agree. This misses objects present for fewer frames, equally among those
that appear and those that disappear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.detect import Detections
from napari_asist.estimation.frame_pairs import Run, positions
from napari_asist.estimation.quantity import Spread, spread_of

LARGEST = 1.0
"""Largest area of a daughter, as a fraction of her mother's."""

ALIKE = 0.5
"""Smallest area of a daughter, as a fraction of her sister's."""

APART = 2.5
"""Largest distance between two new daughters, in inscribed radii."""

ASIDE = 1.0
"""Largest distance from their midpoint to their mother's position, in inscribed
radii."""


@dataclass(frozen=True)
class Rates:
    """Events per object and frame; the spread is over pairs of frames.

    Parameters
    ----------
    appearing, disappearing, dividing : Spread
    """

    appearing: Spread
    disappearing: Spread
    dividing: Spread


def measured_rates(runs: Sequence[Run]) -> Rates:
    """Count events between the second and the second-to-last frame of each run."""
    events, objects = [], []
    for run in runs:
        for number in range(1, len(run.frames) - 2):
            events.append(_events(run, number))
            objects.append(max(1, run.present(number)))
    if not events:
        return Rates(*(Spread(0.0, 0.0, 0.0) for _ in range(3)))
    counted, present = np.array(events, float), np.array(objects, float)
    return Rates(
        *(
            spread_of(float(column.sum() / present.sum()), column / present)
            for column in counted.T
        )
    )


def _events(run: Run, number: int) -> tuple[int, int, int]:
    """Count appearing, disappearing and dividing objects between two frames."""
    here, there = run.frames[number : number + 2]
    came = (run.before[number] < 0) & (run.after[number + 1] >= 0)
    went = (run.after[number] < 0) & (run.before[number - 1] >= 0)
    # An object that was present two frames ago, or will be, was only missed.
    ended = run.frames[number - 1][run.after[number - 1] < 0]
    begun = run.frames[number + 2][run.before[number + 1] < 0]
    came &= run.inside(there) & ~_near(there, ended, run.radius)
    went &= run.inside(here) & ~_near(here, begun, run.radius)
    daughters = [row for row in np.flatnonzero(came) if _is_daughter(run, number, row)]
    return int(came.sum()) - len(daughters), int(went.sum()), len(daughters)


def _near(found: Detections, others: Detections, distance: float) -> NDArray[np.bool_]:
    from scipy.spatial import cKDTree

    if not len(found) or not len(others):
        return np.zeros(len(found), bool)
    nearest, _ = cKDTree(positions(others)).query(positions(found))
    return np.asarray(nearest < distance)


def _is_daughter(run: Run, number: int, row: int) -> bool:
    """Return whether a new object is one of two that replaced a mother.

    The other one, which is nearer, is paired with the mother.
    """
    here, there = run.frames[number : number + 2]
    place = positions(there)
    mothers = run.before[number]
    near = np.hypot(*(place - place[row]).T) < APART * run.radius
    sisters = np.flatnonzero(near & (mothers >= 0) & (run.after[number + 1] >= 0))
    sisters = sisters[run.before[number - 1][mothers[sisters]] >= 0]
    aside = (place[sisters] + place[row]) / 2 - positions(here)[mothers[sisters]]
    area = there["radius"] ** 2
    pair = np.stack([area[sisters], np.full(len(sisters), area[row])])
    fits = np.hypot(*aside.T) < ASIDE * run.radius
    fits &= pair.max(axis=0) <= LARGEST * here["radius"][mothers[sisters]] ** 2
    return bool((fits & (pair.min(axis=0) >= ALIKE * pair.max(axis=0))).any())
