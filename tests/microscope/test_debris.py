import numpy as np
import pytest
from cases import CASES, blank, empty
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.ndimage import center_of_mass
from scipy.ndimage import label as components

from napari_asist.labels import LabelVideo
from napari_asist.microscope.debris import debris_light
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.microscope.settings import LARGEST, DebrisSettings
from napari_asist.settings import explain

SOME = DebrisSettings(density=2, renewal=0)


def discs(frames: int = 4) -> LabelVideo:
    """Two discs of radius 12; one moves to the right."""
    labels = blank(frames, (200, 200))
    y, x = np.indices((200, 200))
    for time, frame in enumerate(labels):
        frame[np.hypot(y - 50, x - 50) < 12] = 1
        frame[np.hypot(y - 140, x - 40 - 20 * time) < 12] = 2
    return LabelVideo(labels)


def light_of(
    settings: DebrisSettings, video: LabelVideo | None = None, seed: int = 0
) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return np.stack(list(debris_light(video or discs(), settings, 0.8, rng)))


def test_specks_have_the_requested_number_size_and_brightness() -> None:
    settings = SOME.changed(density=1, drift=0, brightness_min=50, brightness_max=200)
    small = settings.changed(radius_min=0.2, radius_max=0.25)
    for frame in light_of(small, seed=3):
        bright, count = components(frame > 10)
        assert count == 4
        area = np.bincount(bright.ravel())[1:]
        assert area.max() < 0.25 * np.pi * 12**2
        assert frame.max() < 200
    flat = settings.changed(radius_min=LARGEST, radius_max=LARGEST)
    assert 50 <= light_of(flat).max() <= 200


def test_specks_keep_clear_of_the_objects() -> None:
    video = discs(6)
    light = light_of(SOME.changed(density=20), video)
    assert (light[video.labels > 0] < 0.03 * light.max()).all()
    assert (light.max(axis=(1, 2)) > 30).all()


def test_specks_stay_drift_or_are_renewed() -> None:
    still = light_of(SOME.changed(density=0.25, drift=0))
    np.testing.assert_array_equal(still[0], still[-1])
    moving = light_of(SOME.changed(density=0.25, drift=1))
    place = np.array([center_of_mass(frame) for frame in moving])
    step = np.hypot(*np.diff(place, axis=0).T)
    assert ((step > 0) & (step < 5)).all()
    renewed = light_of(SOME.changed(density=0.25, drift=0, renewal=1))
    assert np.minimum(renewed[0], renewed[1]).max() < 1


def test_same_seed_same_debris() -> None:
    np.testing.assert_array_equal(light_of(SOME), light_of(SOME))
    assert (light_of(SOME) != light_of(SOME, seed=1)).any()


def test_no_room_or_no_objects_no_debris() -> None:
    full = LabelVideo(np.ones((2, 64, 64), np.uint16))
    assert not light_of(SOME, full).any()
    assert not light_of(SOME, empty()).any()
    empty_frame = light_of(SOME.changed(density=50), CASES["empty_frame"]())
    assert empty_frame.any(axis=(1, 2)).all()


def test_debris_changes_nothing_else_in_the_video() -> None:
    video = discs()
    plain = MicroscopeSettings(read_noise=0, gain=1e-3)
    clean = render_video(video, plain, 0).astype(float)
    dirty = render_video(video, plain.changed(debris=SOME), 0).astype(float)
    difference = dirty - clean
    assert difference.max() > 20
    assert np.abs(difference[video.labels > 0]).max() < 15
    assert np.median(np.abs(difference)) <= 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"radius_max": 0.6}, ["radius_max = 0.6", "less than or equal to 0.4"]),
        ({"radius_min": 0.3}, ["radius_min = 0.3", "radius_max (0.25)"]),
        ({"brightness_min": 400}, ["brightness_min = 400", "at most"]),
    ],
)
def test_debris_as_large_as_objects_is_rejected(
    values: dict[str, float], words: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        DebrisSettings.model_validate(values)
    message = str(explain(caught.value))
    assert all(word in message for word in words), message


def test_specks_out_of_focus_are_rings_that_keep_clear_of_objects() -> None:
    video = discs()
    settings = SOME.changed(density=1, rings=1, ring_radius=1, drift=0)
    frames = light_of(settings.changed(brightness_min=200, brightness_max=200))
    for frame, labels in zip(frames, video.labels, strict=True):
        assert frame[labels > 0].max() < 0.1
        shapes, count = components(frame > 0.2 * frame.max())
        assert count >= 2
        for number in range(1, count + 1):
            mine = shapes == number
            middle = np.round(center_of_mass(mine)).astype(int)
            # Dark in the middle, and 6 to 12 px wide in radius.
            assert frame[tuple(middle)] < 0.1 * frame[mine].max()
            assert 5 < np.ptp(np.nonzero(mine)[0]) / 2 < 15
    # The light of a speck of 1 to 3 px, spread over a ring.
    assert frames.max() < 100


def test_specks_are_the_same_without_rings() -> None:
    one = light_of(SOME)
    np.testing.assert_array_equal(one, light_of(SOME.changed(ring_radius=3)))
