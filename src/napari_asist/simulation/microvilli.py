"""Simulate sticks over time: they shift, turn, grow or shrink, and divide."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from napari_asist.simulation.density import density_of, scattered
from napari_asist.simulation.placement import close_sticks, populated, settled
from napari_asist.simulation.scene import OBJECT_FIELDS, Scene, paint
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.stick_contact import Contact
from napari_asist.simulation.stick_division import (
    DIVISION_FIELDS,
    Divisions,
    regrown,
    rounded_up,
)

STICK_FIELDS = [
    *OBJECT_FIELDS,
    ("heading", "f8"),
    ("growth", "f8"),
    *DIVISION_FIELDS,
]

MOVE_TRIES = 3


def microvilli_scenes(
    settings: MicrovilliSettings, rng: np.random.Generator
) -> Iterator[Scene]:
    """Yield one scene of sticks per frame.

    Parameters
    ----------
    settings : MicrovilliSettings
    rng : Generator

    Yields
    ------
    structured ndarray with `STICK_FIELDS` and those of the shape
        In the same order in all frames; daughters come last.

    Raises
    ------
    NoRoomError
        If there is no room for that many objects or divisions.
    """
    height, width = settings.field
    rim = settings.rim
    too_close = partial(close_sticks, overlap=settings.overlap)
    # With separate random streams, contacts and divisions change nothing else.
    contact_rng, division_rng = rng.spawn(2)
    contact = Contact(settings, contact_rng)
    divisions = Divisions(settings, division_rng)
    density = density_of(settings, rng)

    def relocated(scene: Scene) -> Scene:
        return contact.brought_about(scattered(scene, settings, density, rng))

    scene = populated(
        settings.objects,
        (height + 2 * rim) * (width + 2 * rim) / (height * width),
        partial(_drawn, settings, rng),
        relocated,
        too_close,
        partial(paint, field=settings.field, shape=settings.shape, stacked=True),
        rng,
    )
    scene["id"] = np.arange(1, len(scene) + 1)
    divisions.choose(scene, 0)
    yield rounded_up(scene, 0, settings.rounding)
    next_id = len(scene) + 1
    for time in range(1, settings.frames):
        before = scene
        scene = settled(before, partial(_changed, settings, rng), too_close, MOVE_TRIES)
        scene = regrown(scene, settings.growth)
        left = np.zeros(len(scene), bool)
        for name, size in zip(("y", "x"), settings.field, strict=True):
            left |= np.abs(scene[name] - before[name]) > size / 2 + rim
        scene["id"][left] = np.arange(next_id, next_id + left.sum())
        next_id += int(left.sum())
        scene, count = divisions.happened(scene, time, next_id)
        next_id += count
        divisions.choose(scene, time)
        yield rounded_up(scene, time, settings.rounding)
    divisions.check_all_happened()


def _drawn(settings: MicrovilliSettings, rng: np.random.Generator, count: int) -> Scene:
    scene = np.zeros(count, [*STICK_FIELDS, *settings.shape.fields])
    length = rng.normal(settings.length_mean, settings.length_sd, count)
    length = np.clip(length, settings.length_min, settings.length_max)
    width = rng.normal(settings.stick_width, settings.stick_width_sd, count)
    scene["major"] = length / 2
    scene["minor"] = np.clip(width, 1, None) / 2
    if settings.angle_spread < 90:
        angle = rng.normal(settings.angle_mean, settings.angle_spread, count)
    else:
        angle = rng.uniform(0, 180, count)
    scene["angle"] = np.radians(angle)
    scene["heading"] = rng.uniform(0, 2 * np.pi, count)
    scene["growth"] = rng.choice([-1, 1], count)
    settings.shape.draw(scene, rng)
    return scene


def _changed(
    settings: MicrovilliSettings, rng: np.random.Generator, scene: Scene
) -> Scene:
    """Shift, turn and lengthen or shorten sticks, each by an independent draw."""
    scene, count = scene.copy(), len(scene)
    if settings.persistence:
        # The mean cosine of such turns is the persistence.
        turn = np.sqrt(-2 * np.log(settings.persistence))
        scene["heading"] += rng.normal(0, turn, count)
    elif settings.motion == "walk":
        scene["heading"] = rng.uniform(0, 2 * np.pi, count)
    shift = settings.step * (rng.random(count) < settings.translation)
    # Sticks that leave the simulated field on one side enter on the other as new
    # objects; otherwise, drifting sticks would empty the field.
    for name, size, component in zip(
        ("y", "x"), settings.field, (np.sin, np.cos), strict=True
    ):
        place = scene[name] + shift * component(scene["heading"]) + settings.rim
        scene[name] = place % (size + 2 * settings.rim) - settings.rim
    turns = rng.random(count) < settings.rotation
    scene["angle"] += turns * np.radians(settings.turn) * rng.choice([-1, 1], count)
    changes = rng.random(count) < settings.length_change
    length = 2 * scene["major"] + changes * scene["growth"]
    # Daughters are shorter at first.
    least = np.where(scene["first_frame"] > 0, 2 * scene["major"], settings.length_min)
    least = np.minimum(least, settings.length_min)
    scene["major"] = np.clip(length, least, settings.length_max) / 2
    settings.shape.drift(scene, rng)
    return scene
