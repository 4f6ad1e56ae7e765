from typing import Any

import numpy as np
import pytest
from depth_scenes import TINY, division_scene
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy.ndimage import label as connected

from napari_asist.depth import examples
from napari_asist.depth.examples import Example, draw_example
from napari_asist.depth.network import OFFSET_UNIT
from napari_asist.depth.scenes import Scene, scene_of
from napari_asist.depth.targets import halved_depth, halved_labels
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo

SIDE = 32
CENTER, BEFORE = (13.5, 17.5), (11.5, 23.5)


class Fixed(np.random.Generator):
    """Draws one of the symmetries, and keeps brightness and crop unchanged."""

    def __init__(self, symmetry: int) -> None:
        super().__init__(np.random.PCG64(0))
        self.symmetry = symmetry

    def integers(self, low: int, *args: object, **kwargs: object) -> int:  # type: ignore[override]
        return self.symmetry if low == 8 else 1 % low

    def uniform(self, low: Any = 0, high: Any = 1, size: object = None) -> Any:
        return np.add(low, high) / 2

    def random(self, *args: object, **kwargs: object) -> float:  # type: ignore[override]
        return 0.99


def moved_object() -> Scene:
    """A rectangle that moves by (2, -6) px, next to a second object."""
    labels = np.zeros((2, SIDE, SIDE), np.uint16)
    labels[0, 8:16, 20:28] = 1
    labels[1, 10:18, 14:22] = 1
    labels[:, 24:30, 2:12] = 2
    images = labels * np.float32(0.3) - 1
    images += np.indices(images.shape)[2] * np.float32(0.01)
    return scene_of(images, LabelVideo(labels))


@pytest.fixture(params=range(8))
def flipped(request: pytest.FixtureRequest) -> tuple[int, Example]:
    rng = Fixed(request.param)
    return request.param, draw_example([moved_object()], SIDE, TINY, rng)


def test_image_and_answers_turn_alike(flipped: tuple[int, Example]) -> None:
    _, example = flipped
    middle = example.clip[1]
    assert example.clip.shape == (3, SIDE, SIDE)
    # Each object has its own brightness, over a slope of less than .32.
    labels = np.zeros(middle.shape, np.uint16)
    labels[example.foreground[0] > 0] = 1
    assert_array_equal(halved_labels(labels) > 0, np.isfinite(example.offset[0]))
    scene = moved_object()
    assert sorted(np.unique(middle)) == pytest.approx(
        sorted(np.unique(scene.images[1].astype(np.float32))), abs=1e-3
    )
    assert_allclose(example.depth[0], halved_depth(_separate(labels)), atol=1e-3)


def _separate(labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Assign a separate label to each connected part."""
    return np.asarray(connected(labels)[0], np.uint16)


def test_offsets_point_to_where_the_object_was(flipped: tuple[int, Example]) -> None:
    symmetry, example = flipped
    was = _moved(BEFORE, symmetry)
    rows, columns = np.indices(example.offset.shape[1:])
    places = np.stack([rows, columns]) * 2 + 0.5
    ends = places + OFFSET_UNIT * example.offset
    now = _moved(CENTER, symmetry)
    near = np.abs(places - np.array(now)[:, None, None]).max(axis=0) < 4
    assert near.sum() == 16
    assert_allclose(ends[0][near], was[0], atol=1e-4)
    assert_allclose(ends[1][near], was[1], atol=1e-4)


def _moved(place: tuple[float, float], symmetry: int) -> tuple[float, float]:
    y, x = place
    y = SIDE - 1 - y if symmetry & 1 else y
    x = SIDE - 1 - x if symmetry & 2 else x
    return (x, y) if symmetry & 4 else (y, x)


def test_crops_at_divisions_show_one() -> None:
    scene = division_scene()
    asked = TINY.changed(at_divisions=1)
    assert scene.divisions.tolist() == [[2, 18, 20]]
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rng.random()
        time, (top, left) = examples._at_division(scene, SIDE, rng)
        assert time in (1, 2)
        assert top % 2 == left % 2 == 0
        assert top <= 18 < top + SIDE
        assert left <= 20 < left + SIDE
        example = draw_example([scene], SIDE, asked, np.random.default_rng(seed))
        assert example.foreground.any()


def test_the_first_frame_has_no_offsets_and_new_objects_none() -> None:
    scene = moved_object()
    rng = np.random.default_rng(0)
    example = examples._cut(scene, 0, (0, 0), SIDE, 1, rng)
    assert np.isnan(example.offset).all()
    assert_array_equal(example.clip[0], example.clip[1])


def test_frames_of_a_clip_are_those_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scene, rng = division_scene(), np.random.default_rng(0)
    monkeypatch.setattr(examples, "REPEATED", 0)
    clip = examples._cut(scene, 2, (0, 0), SIDE, 2, rng).clip
    assert_array_equal(clip, scene.images[:, :SIDE, :SIDE])
    monkeypatch.setattr(examples, "REPEATED", 1)
    clip = examples._cut(scene, 2, (0, 0), SIDE, 1, rng).clip
    same = [np.array_equal(frame, clip[1]) for frame in clip]
    assert same.count(True) == 2


def test_the_same_numbers_draw_the_same_example() -> None:
    one, other = (
        draw_example([division_scene()], SIDE, TINY, np.random.default_rng(4))
        for _ in range(2)
    )
    assert_array_equal(one.clip, other.clip)
    assert_array_equal(one.offset, other.offset)


def test_videos_smaller_than_an_example_are_rejected() -> None:
    with pytest.raises(AsistError, match=r"lower depth\.patch = 64"):
        draw_example([division_scene()], 64, TINY, np.random.default_rng(0))
