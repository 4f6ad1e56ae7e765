from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from napari_asist.errors import AsistError
from napari_asist.simulation.placement import (
    close_sticks,
    placed,
    populated,
    settled,
)
from napari_asist.simulation.scene import OBJECT_FIELDS, Scene, close_outlines, paint
from napari_asist.simulation.shapes import Ellipse


def circles(places: list[tuple[float, float]], radius: float = 10) -> Scene:
    scene = np.zeros(len(places), OBJECT_FIELDS)
    for row, (row["y"], row["x"]) in zip(scene, places, strict=True):
        row["major"] = row["minor"] = radius
    return scene


def drawn(count: int) -> Scene:
    return circles([(0, 0)] * count)


def in_square(size: float, seed: int = 0) -> Callable[[Scene], Scene]:
    rng = np.random.default_rng(seed)
    return lambda scene: circles([*rng.uniform(0, size, (len(scene), 2))])


def test_sticks_are_measured_from_axis_to_axis() -> None:
    scene = circles([(0, 0), (5, 0), (0, 60), (0, 60)])
    scene["major"], scene["minor"] = 15, 2
    scene["angle"][3] = np.pi / 2
    assert close_sticks(scene, 1.0).tolist() == [[2, 3]]
    assert close_sticks(scene, 1.5).tolist() == [[0, 1], [2, 3]]
    assert not len(close_sticks(scene, 0))


def test_placed_objects_find_room() -> None:
    too_close = partial(close_outlines, overlap=1.0, shape=Ellipse())
    there = circles([(50, 50)])
    added = placed(there, drawn(20), in_square(200), too_close)
    assert len(added) == 20
    assert not len(too_close(np.concatenate([there, added])))


def test_no_more_are_placed_than_fit() -> None:
    too_close = partial(close_outlines, overlap=1.0, shape=Ellipse())
    added = placed(drawn(0), drawn(50), in_square(30), too_close, rounds=5)
    assert 1 <= len(added) < 10


def test_populated_shows_the_requested_number() -> None:
    relocated, field = in_square(150), (100, 100)
    too_close = partial(close_outlines, overlap=0.8, shape=Ellipse())
    painted = partial(paint, field=field, shape=Ellipse())
    for seed in range(5):
        scene = populated(
            12, 2.25, drawn, relocated, too_close, painted, np.random.default_rng(seed)
        )
        shown = np.bincount(painted(scene).owners.ravel())[1:]
        assert (shown >= 5).sum() == 12
        assert not len(too_close(scene))


def test_too_many_objects_are_rejected() -> None:
    with pytest.raises(AsistError, match=r"room for only \d+"):
        populated(
            25,
            1.0,
            drawn,
            in_square(50),
            partial(close_outlines, overlap=1.0, shape=Ellipse()),
            partial(paint, field=(50, 50), shape=Ellipse()),
            np.random.default_rng(0),
        )


def test_settling_never_brings_objects_too_close() -> None:
    rng = np.random.default_rng(3)
    too_close = partial(close_outlines, overlap=1.0, shape=Ellipse())
    scene = placed(drawn(0), drawn(30), in_square(150), too_close)

    def shaken(part: Scene) -> Scene:
        part = part.copy()
        part["y"] += rng.uniform(-8, 8, len(part))
        return part

    moved = 0
    for _ in range(20):
        new = settled(scene, shaken, too_close, tries=3)
        assert not len(too_close(new))
        moved += int((new["y"] != scene["y"]).sum())
        scene = new
    assert moved > 300
