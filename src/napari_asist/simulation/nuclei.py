"""Simulate nuclei over time: they wander, grow, divide, appear and disappear."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from napari_asist.simulation.density import density_of, scattered
from napari_asist.simulation.mitosis import LEFT, with_mitoses
from napari_asist.simulation.placement import NoRoomError, placed, populated, settled
from napari_asist.simulation.scene import (
    OBJECT_FIELDS,
    Scene,
    close_outlines,
    paint,
)
from napari_asist.simulation.settings import NucleiSettings

NUCLEUS_FIELDS = [
    *OBJECT_FIELDS,
    ("aspect", "f8"),
    ("full_radius", "f8"),
    ("first_frame", "i8"),
    ("move_y", "f8"),
    ("move_x", "f8"),
    ("apart_y", "f8"),
    ("apart_x", "f8"),
    ("bow", "f8"),
    ("plate_bend", "f8"),
    ("above", "?"),
]
"""In addition to those of all objects: aspect ratio, radius when grown, first frame,
last displacement, next step of a daughter away from her sister, bow now and at
metaphase, and whether a nucleus takes part in a division and may cover others."""

MOVE_TRIES = 5
AXIS_TRIES = 20
MOTHER_TRIES = 50
DIVISION_MARGIN = 5
"""Frames before the first and after the last division, so that a clip of 8 frames shows
a mother and her daughters; the paper does not specify this."""


def nuclei_scenes(
    settings: NucleiSettings, rng: np.random.Generator
) -> Iterator[Scene]:
    """Yield one scene of nuclei per frame.

    Parameters
    ----------
    settings : NucleiSettings
    rng : Generator

    Yields
    ------
    structured ndarray with `NUCLEUS_FIELDS` and those of the shape

    Raises
    ------
    NoRoomError
        If a requested count cannot be met.
    """
    nuclei = _Nuclei(settings, rng)
    scene = nuclei.first()
    for time in range(1, settings.frames):
        after = nuclei.next(scene, time)
        # Which nuclei divide is known one frame later; a plate fits wherever the mother
        # did.
        yield with_mitoses(scene, after, settings, time - 1)
        scene = after
    yield with_mitoses(scene, scene[:0], settings, settings.frames - 1)
    nuclei.check_all_happened()


@dataclass
class _Due:
    """Events of one kind: when each is due, and how many are overdue."""

    name: str
    frames: NDArray[np.int64]
    overdue: int = 0

    def at(self, time: int) -> int:
        self.overdue += int((self.frames == time).sum())
        return self.overdue


class _Nuclei:
    def __init__(self, settings: NucleiSettings, rng: np.random.Generator) -> None:
        self.settings = settings
        self.rng = rng
        # A separate random stream, so that the look of divisions does not affect
        # anything else.
        (self.looks,) = rng.spawn(1)
        self.shape = settings.shape
        self.density = density_of(settings, rng)
        self.dtype = np.dtype([*NUCLEUS_FIELDS, *self.shape.fields])
        self.next_id = 1
        last = settings.frames - 1
        soon, late = min(2, last), max(min(2, last), last - 1)
        first_division = min(DIVISION_MARGIN, max(1, last // 2))
        last_division = max(first_division, last + 1 - DIVISION_MARGIN)
        draw = rng.integers
        self.appearing = _Due("appearing", draw(soon, late + 1, settings.appearing))
        self.disappearing = _Due(
            "disappearing", draw(soon, late + 1, settings.disappearing)
        )
        self.mitoses = _Due(
            "mitoses", draw(first_division, last_division + 1, settings.mitoses)
        )

    def too_close(self, scene: Scene, since: int = 0) -> NDArray[np.int64]:
        overlap = self.settings.overlap
        mitotic = self.settings.mitotic_overlap
        if mitotic is None:
            return close_outlines(scene, overlap, self.shape, since)
        each = np.where(scene["above"], mitotic, overlap)
        return close_outlines(scene, each, self.shape, since)

    def first(self) -> Scene:
        height, width = self.settings.field
        rim = self.settings.rim
        scene = populated(
            self.settings.objects,
            (height + 2 * rim) * (width + 2 * rim) / (height * width),
            self._drawn,
            self._anywhere,
            self.too_close,
            partial(paint, field=self.settings.field, shape=self.shape),
            self.rng,
        )
        return self._named(scene, time=0)

    def next(self, before: Scene, time: int) -> Scene:
        scene = settled(before, self._resized, self.too_close, tries=1)
        scene = self._halted(
            settled(scene, self._moved, self.too_close, MOVE_TRIES), scene
        )
        scene, daughters = self._divided(scene, before, time)
        scene = self._without_disappearing(scene, before, time)
        if len(daughters):
            scene = np.concatenate([scene, daughters])
        if due := self.appearing.at(time):
            new = placed(scene, self._drawn(due), self._in_sight, self.too_close)
            self.appearing.overdue -= len(new)
            scene = np.concatenate([scene, self._named(new, time)])
        return scene

    def check_all_happened(self) -> None:
        for due in (self.appearing, self.disappearing, self.mitoses):
            if due.overdue:
                requested = len(due.frames)
                raise NoRoomError(
                    f"{due.name} = {requested}: only {requested - due.overdue} found "
                    f"an object, or room for one; lower {due.name}, or change objects, "
                    "frames, height or width.",
                    due.name,
                )

    def _named(self, scene: Scene, time: int) -> Scene:
        scene["id"] = np.arange(self.next_id, self.next_id + len(scene))
        scene["first_frame"] = time
        self.next_id += len(scene)
        return scene

    def _drawn(self, count: int) -> Scene:
        """Draw nuclei without positions."""
        settings, rng = self.settings, self.rng
        scene = np.zeros(count, self.dtype)
        radius = rng.normal(settings.radius_mean, settings.radius_sd, count)
        radius = np.clip(radius, settings.radius_min, settings.radius_max)
        scene["aspect"] = np.exp(np.abs(rng.normal(0, settings.elongation, count)))
        scene["angle"] = rng.uniform(0, np.pi, count)
        scene["full_radius"] = radius
        self.shape.draw(scene, rng)
        bend = settings.plate_bend
        scene["plate_bend"] = self.looks.uniform(-bend, bend, count)
        if settings.mitotic_overlap is not None:
            dividing = settings.mitoses / (settings.objects + settings.appearing)
            scene["above"] = self.looks.random(count) < dividing
        if settings.persistence:
            for name in ("move_y", "move_x"):
                scene[name] = rng.uniform(-settings.move, settings.move, count)
        return _with_radius(scene, radius)

    def _anywhere(self, scene: Scene) -> Scene:
        return scattered(scene, self.settings, self.density, self.rng)

    def _in_sight(self, scene: Scene) -> Scene:
        scene = scene.copy()
        for name, size in zip(("y", "x"), self.settings.field, strict=True):
            margin = np.minimum(_radius(scene), size / 4)
            scene[name] = self.rng.uniform(margin, size - 1 - margin)
        if self.density:
            # A draw too close to the border keeps its evenly drawn position.
            clustered = self._anywhere(scene)
            inside = self._well_inside(clustered, 1)
            scene[inside] = clustered[inside]
        return scene

    def _resized(self, scene: Scene) -> Scene:
        settings, rng, scene = self.settings, self.rng, scene.copy()
        radius = _radius(scene)
        growing = radius < scene["full_radius"] - 1e-6
        changes = rng.random(len(scene)) < settings.radius_change
        changed = radius + np.where(changes, rng.choice([-1, 1], len(scene)), 0)
        allowed = (settings.radius_min <= changed) & (changed <= settings.radius_max)
        grown = np.minimum(radius + settings.growth, scene["full_radius"])
        radius = np.where(growing, grown, np.where(allowed, changed, radius))
        scene["full_radius"] = np.where(growing, scene["full_radius"], radius)
        scene["angle"] += np.radians(rng.normal(0, settings.turn, len(scene)))
        self.shape.drift(scene, rng)
        return _with_radius(scene, radius)

    def _moved(self, scene: Scene) -> Scene:
        """Move by a correlated random walk: an autoregressive process of order 1."""
        scene, move, rim = scene.copy(), self.settings.move, self.settings.rim
        kept = self.settings.persistence
        renewed = np.sqrt(1 - kept**2)
        for name, size in zip(("y", "x"), self.settings.field, strict=True):
            step = self.rng.uniform(-move, move, len(scene))
            step = kept * scene[f"move_{name}"] + renewed * step
            place = scene[name] + step
            scene[name] = _reflected(
                place + scene[f"apart_{name}"], -rim, size - 1 + rim
            )
            scene[f"apart_{name}"] *= LEFT
            kept_way = (-rim <= place) & (place <= size - 1 + rim)
            scene[f"move_{name}"] = np.where(kept_way, step, -step)
        return scene

    def _halted(self, scene: Scene, before: Scene) -> Scene:
        """Remove the momentum of objects that could not move, so they stop pushing."""
        stayed = (scene["y"] == before["y"]) & (scene["x"] == before["x"])
        for name in ("move_y", "move_x"):
            scene[name][stayed] = 0
        return scene

    def _divided(self, scene: Scene, before: Scene, time: int) -> tuple[Scene, Scene]:
        """Replace the mothers in a scene by their daughters."""
        added, mothers = scene[:0], np.zeros(len(scene), bool)
        if self.mitoses.at(time):
            old_enough = before["first_frame"] <= max(0, time - DIVISION_MARGIN)
            grown = _radius(before) >= self.settings.radius_min - 1e-6
            ready = old_enough & grown & self._well_inside(before, 2)
            order = self.rng.permutation(np.flatnonzero(ready))
            order = order[np.argsort(~before["above"][order], kind="stable")]
            for mother in order[:MOTHER_TRIES]:
                if not self.mitoses.overdue:
                    break
                others = scene[~mothers & (np.arange(len(scene)) != mother)]
                pair = self._daughters(
                    scene[mother], np.concatenate([others, added]), time
                )
                if len(pair):
                    mothers[mother] = True
                    added = np.concatenate([added, pair])
                    self.mitoses.overdue -= 1
        return scene[~mothers], added

    def _daughters(self, mother: np.void, others: Scene, time: int) -> Scene:
        settings, rng = self.settings, self.rng
        radius = float(np.sqrt(mother["major"] * mother["minor"]))
        # Any closer, they would violate the distance rule.
        nearest = 1.01 * settings.overlap * settings.daughter_radius
        for _ in range(AXIS_TRIES):
            pair = _with_radius(
                self._drawn(2), np.full(2, radius * settings.daughter_radius)
            )
            axis = rng.uniform(0, np.pi)
            away = settings.daughter_distance * rng.uniform(0.85, 1.15)
            away = max(away, nearest) * radius
            pair["y"] = mother["y"] + away * np.sin(axis) * np.array([1, -1])
            pair["x"] = mother["x"] + away * np.cos(axis) * np.array([1, -1])
            further = (1 - LEFT) * settings.separation * radius
            pair["apart_y"] = further * np.sin(axis) * np.array([1, -1])
            pair["apart_x"] = further * np.cos(axis) * np.array([1, -1])
            pair["above"] = mother["above"]
            # Daughters are flat against each other where the mother was cut.
            pair["angle"] = axis + np.pi / 2
            both = np.concatenate([others, pair])
            free = not len(self.too_close(both, since=len(others)))
            if free and self._well_inside(pair, 1).all():
                pair["parent"] = mother["id"]
                return self._named(pair, time)
        return others[:0]

    def _without_disappearing(self, scene: Scene, before: Scene, time: int) -> Scene:
        due = self.disappearing.at(time)
        if not due:
            return scene
        old_enough = (before["first_frame"] == 0) | (before["first_frame"] <= time - 2)
        ready = before["id"][old_enough & self._well_inside(before, 0)]
        ready = np.intersect1d(ready, scene["id"])
        gone = self.rng.permutation(ready)[:due]
        self.disappearing.overdue -= len(gone)
        return scene[~np.isin(scene["id"], gone)]

    def _well_inside(self, scene: Scene, radii: float) -> NDArray[np.bool_]:
        inside = np.ones(len(scene), bool)
        for name, size in zip(("y", "x"), self.settings.field, strict=True):
            margin = np.minimum(radii * _radius(scene), size / 4)
            inside &= (margin <= scene[name]) & (scene[name] <= size - 1 - margin)
        return inside


def _radius(scene: Scene) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(scene["major"] * scene["minor"]))


def _with_radius(scene: Scene, radius: NDArray[np.float64]) -> Scene:
    scene["major"] = radius * np.sqrt(scene["aspect"])
    scene["minor"] = radius / np.sqrt(scene["aspect"])
    return scene


def _reflected(
    place: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    place = np.where(place < low, 2 * low - place, place)
    place = np.where(place > high, 2 * high - place, place)
    return np.clip(place, low, high)
