"""Keep objects apart: find pairs that are too close, place objects, move them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_asist.compiled import compiled
from napari_asist.errors import AsistError
from napari_asist.events import each_unless_stopped
from napari_asist.simulation.scene import PaintedScene, Scene

Pairs = NDArray[np.int64]
TooClose = Callable[[Scene], Pairs]
"""Finds the pairs of a scene that are too close, shape (n, 2), each ascending."""

Relocated = Callable[[Scene], Scene]


class NoRoomError(AsistError):
    """There is no room for a requested count.

    Parameters
    ----------
    message : str
    setting : str
        Name of the count, such as ``objects``.
    """

    def __init__(self, message: str, setting: str) -> None:
        super().__init__(message)
        self.setting = setting


ROUNDS = 80
PLACES = 4


def close_sticks(scene: Scene, overlap: float) -> Pairs:
    """Find the sticks whose axes come closer than `overlap` times their half-widths.

    The axes are sampled at steps of at most half of the thinnest width.
    """
    if overlap == 0 or len(scene) < 2:
        return np.empty((0, 2), np.int64)
    reach = np.maximum(scene["major"] - scene["minor"], 0)
    count = np.ceil(2 * reach / scene["minor"].min()).astype(int) + 1
    owner = np.repeat(np.arange(len(scene)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    place = (np.arange(len(owner)) - first + 0.5) / count[owner]
    along = (2 * place - 1) * reach[owner]
    down, across = np.sin(scene["angle"]), np.cos(scene["angle"])
    points = np.empty((len(owner), 2))
    points[:, 0] = scene["y"][owner] + along * down[owner]
    points[:, 1] = scene["x"][owner] + along * across[owner]
    starts = np.append(np.cumsum(count) - count, count.sum())
    return _close_axes(
        points,
        starts,
        np.stack([scene["y"], scene["x"]], axis=1),
        np.ascontiguousarray(reach),
        overlap * np.ascontiguousarray(scene["minor"]),
    )


@compiled
def _close_axes(
    points: NDArray[np.float64],
    starts: NDArray[np.int64],
    centers: NDArray[np.float64],
    reach: NDArray[np.float64],
    width: NDArray[np.float64],
) -> Pairs:
    """Find the sticks with two points closer than the sum of their widths.

    The points of each stick are from its start to the next stick's; they are at most
    its reach away from its center.
    """
    pairs = np.empty((max(16, len(centers)), 2), np.int64)
    found = 0
    for one in range(len(centers)):
        for other in range(one + 1, len(centers)):
            near = width[one] + width[other]
            far = near + reach[one] + reach[other]
            dy = abs(centers[one, 0] - centers[other, 0])
            dx = abs(centers[one, 1] - centers[other, 1])
            if dy >= far or dx >= far or dy * dy + dx * dx >= far * far:
                continue
            if not _come_near(points, starts, one, other, near):
                continue
            if found == len(pairs):
                pairs = np.concatenate((pairs, np.empty_like(pairs)))
            pairs[found, 0], pairs[found, 1] = one, other
            found += 1
    return pairs[:found]


@compiled
def _come_near(
    points: NDArray[np.float64],
    starts: NDArray[np.int64],
    one: int,
    other: int,
    near: float,
) -> bool:
    for mine in range(starts[one], starts[one + 1]):
        for its in range(starts[other], starts[other + 1]):
            dy = points[mine, 0] - points[its, 0]
            dx = points[mine, 1] - points[its, 1]
            if dy * dy + dx * dx < near * near:
                return True
    return False


def placed(
    scene: Scene,
    objects: Scene,
    relocated: Relocated,
    too_close: TooClose,
    rounds: int = ROUNDS,
) -> Scene:
    """Find room for objects in a scene, one after the other.

    An object without room tries elsewhere, but is not redrawn; otherwise, a crowd would
    contain fewer large objects than requested.

    Parameters
    ----------
    scene : structured ndarray
        Is not changed.
    objects : structured ndarray
        The objects to add; their positions do not matter.
    relocated : callable
        Returns a copy of the given objects, each at a random position.
    too_close : callable
    rounds : int
        How often `PLACES` positions are tried for each unplaced object.

    Returns
    -------
    structured ndarray
        The objects that found room, at their new positions.
    """
    there, waiting = scene, objects
    for _ in each_unless_stopped(range(rounds)):
        if not len(waiting):
            break
        candidates = relocated(np.repeat(waiting, PLACES))
        chosen = _first_free(there, candidates, too_close)
        there = np.concatenate([there, candidates[chosen[chosen >= 0]]])
        waiting = waiting[chosen < 0]
    return np.asarray(there[len(scene) :])


def _first_free(
    there: Scene, candidates: Scene, too_close: TooClose
) -> NDArray[np.int64]:
    """Return the first free one of each object's `PLACES` candidates, or -1."""
    pairs = too_close(np.concatenate([there, candidates]))
    pairs = pairs[np.argsort(pairs[:, 1])]
    chosen = np.full(len(candidates) // PLACES, -1)
    _choose(pairs, len(there), PLACES, chosen)
    return chosen


@compiled
def _choose(pairs: Pairs, there: int, places: int, chosen: NDArray[np.int64]) -> None:
    """Let each object take the first position with no earlier rival taken."""
    count = places * len(chosen)
    taken = np.zeros(there + count, np.bool_)
    taken[:there] = True
    pair = 0
    for number in range(count):
        free = chosen[number // places] < 0
        while pair < len(pairs) and pairs[pair, 1] <= there + number:
            rivals = pairs[pair, 1] == there + number
            free = free and not (rivals and taken[pairs[pair, 0]])
            pair += 1
        if free:
            chosen[number // places] = number
            taken[there + number] = True


def populated(
    objects: int,
    rim_ratio: float,
    draw: Callable[[int], Scene],
    relocated: Relocated,
    too_close: TooClose,
    paint: Callable[[Scene], PaintedScene],
    rng: np.random.Generator,
) -> Scene:
    """Create a first scene in which exactly `objects` are visible.

    Parameters
    ----------
    objects : int
    rim_ratio : float
        Ratio of the simulated area to the visible one.
    draw : callable
        Draws that many objects.
    relocated : callable
        Puts objects at random positions in the whole simulated field.
    too_close, paint : callable
    rng : Generator

    Raises
    ------
    NoRoomError
        If there is no room for that many.
    """
    none = draw(0)
    scene = placed(none, draw(round(objects * rim_ratio)), relocated, too_close)
    count = 0
    for _ in each_unless_stopped(range(ROUNDS)):
        visible = paint(scene).visible
        count = int(visible.sum())
        if count == objects:
            return scene
        if count > objects:
            leave = rng.choice(np.flatnonzero(visible), count - objects, replace=False)
            scene = np.delete(scene, leave)
            continue
        more = placed(scene, draw(objects - count), relocated, too_close)
        if not len(more):
            break
        scene = np.concatenate([scene, more])
    raise NoRoomError(
        f"objects = {objects}: there was room for only {count} in the first frame; "
        "lower objects, their size or overlap, or enlarge height and width.",
        "objects",
    )


def settled(
    scene: Scene, proposed: Callable[[Scene], Scene], too_close: TooClose, tries: int
) -> Scene:
    """Change all objects at once without bringing any too close to another.

    An object in conflict tries again; after `tries` attempts, it stays unchanged.

    Parameters
    ----------
    scene : structured ndarray
    proposed : callable
        Returns a changed copy of the given objects.
    too_close : callable
    tries : int
    """
    new = scene.copy()
    unsettled = np.arange(len(scene))
    for _ in each_unless_stopped(range(tries)):
        new[unsettled] = proposed(scene[unsettled])
        pairs = too_close(new)
        if not len(pairs):
            return new
        unsettled = np.unique(pairs)
    # An object that moves back may block one that moved: that one moves back too.
    as_before = np.zeros(len(scene), bool)
    while not as_before[unsettled].all():
        new[unsettled] = scene[unsettled]
        as_before[unsettled] = True
        unsettled = np.unique(too_close(new))
    return new
