import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo
from napari_asist.simulation import simulate
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.shapes import Ellipse, Rectangle, Shape, Star
from napari_asist.simulation.simulate import simulate_video

SHAPES = [Ellipse(), Rectangle(), Star(irregularity=0.25, phase_drift=90)]
SMALL = NucleiSettings(
    height=128,
    width=160,
    frames=14,
    objects=20,
    appearing=4,
    disappearing=4,
    mitoses=3,
)


def counts(video: LabelVideo) -> tuple[int, int, int, int]:
    """Return the objects of the first frame, arrivals, losses and divisions."""
    tracks, last = video.tracks, len(video) - 1
    first = len(np.unique(video.labels[0])) - 1
    arrivals = (tracks["begin"] > 0) & (tracks["parent"] == 0)
    losses = (tracks["end"] < last) & ~np.isin(tracks["label"], tracks["parent"])
    mothers, daughters = np.unique(tracks["parent"], return_counts=True)
    assert (daughters[mothers > 0] == 2).all()
    return first, arrivals.sum(), losses.sum(), (mothers > 0).sum()


def test_all_counts_are_met_exactly() -> None:
    for seed in range(3):
        video = simulate_video(SMALL, seed).checked()
        assert counts(video) == (20, 4, 4, 3)
        assert video.labels.dtype == np.uint16
        assert video.labels.shape == (14, 128, 160)


def test_paper_settings_are_met_exactly() -> None:
    assert counts(simulate_video(NucleiSettings(), 0).checked()) == (150, 20, 20, 5)


def test_same_seed_same_video() -> None:
    one, again = simulate_video(SMALL, 3, 1), simulate_video(SMALL, 3, 1)
    np.testing.assert_array_equal(one.labels, again.labels)
    np.testing.assert_array_equal(one.tracks, again.tracks)


def test_each_number_is_another_video() -> None:
    videos = [simulate_video(SMALL, 3, number).labels for number in range(3)]
    assert all((videos[0] != other).any() for other in videos[1:])
    assert (simulate_video(SMALL, 4).labels != videos[0]).any()


def test_with_a_rim_objects_drift_in_and_out() -> None:
    settings = SMALL.changed(
        rim=24, appearing=0, disappearing=0, mitoses=0, move=6, frames=30
    )
    video = simulate_video(settings, 0).checked()
    first, arrivals, losses, divisions = counts(video)
    assert (first, divisions) == (20, 0)
    assert arrivals > 3
    assert losses > 3


def test_objects_that_return_get_a_new_label() -> None:
    settings = MicrovilliSettings(
        height=64,
        width=64,
        objects=12,
        frames=60,
        length_mean=10,
        length_sd=0,
        step=8,
        length_change=0,
    )
    video = simulate_video(settings, 1).checked()
    assert len(video.tracks) > 20
    assert not video.tracks["parent"].any()


def test_drifting_sticks_do_not_empty_the_field() -> None:
    settings = MicrovilliSettings(
        height=128, width=128, objects=40, frames=40, step=5, motion="drift"
    )
    video = simulate_video(settings, 0).checked()
    assert len(np.unique(video.labels[-1])) > 25
    # No label jumps from one side to the other.
    for label, begin, end, _ in video.tracks.tolist():
        places = [
            np.argwhere(video.labels[time] == label).mean(axis=0)
            for time in range(begin, end + 1)
        ]
        assert np.abs(np.diff(places, axis=0)).max(initial=0) < 30


def test_all_objects_may_leave() -> None:
    settings = SMALL.changed(objects=8, disappearing=8, appearing=0, mitoses=0)
    video = simulate_video(settings, 2).checked()
    assert counts(video) == (8, 0, 8, 0)
    assert not video.labels[-1].any()


def test_many_small_objects_fit() -> None:
    settings = NucleiSettings(
        objects=2000,
        frames=3,
        radius_mean=4,
        radius_sd=0.5,
        radius_min=3,
        radius_max=5,
        mitoses=50,
    )
    assert counts(simulate_video(settings, 0).checked()) == (2000, 20, 20, 50)


def test_more_tracks_than_the_format_holds_are_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulate, "MOST_TRACKS", 22)
    with pytest.raises(AsistError, match="more than 22 tracks"):
        simulate_video(SMALL, 0)


@examples(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    frames=st.integers(2, 12),
    objects=st.integers(1, 20),
    appearing=st.integers(0, 4),
    mitoses=st.integers(0, 1),
    rim=st.sampled_from([0, 12]),
    elongation=st.sampled_from([0.0, 0.4]),
    shape=st.sampled_from(SHAPES),
    plate=st.sampled_from([0.2, 1.0]),
    persistence=st.sampled_from([0.0, 0.99]),
    clustering=st.sampled_from([0.0, 3.0]),
)
def test_nuclei_obey_the_rules_at_the_limits(
    seed: int,
    frames: int,
    objects: int,
    appearing: int,
    mitoses: int,
    rim: int,
    elongation: float,
    shape: Shape,
    plate: float,
    persistence: float,
    clustering: float,
) -> None:
    settings = NucleiSettings(
        height=64,
        width=64,
        frames=frames,
        objects=objects,
        appearing=appearing,
        disappearing=min(2, objects),
        mitoses=mitoses,
        rim=rim,
        elongation=elongation,
        shape=shape,
        plate=plate,
        persistence=persistence,
        clustering=clustering,
        radius_mean=5,
        radius_sd=1,
        radius_min=3,
        radius_max=7,
    )
    try:
        video = simulate_video(settings, seed)
    except AsistError as error:
        assert "found" in str(error)  # noqa: PT017
        return
    video.checked()
    first, arrivals, losses, divisions = counts(video)
    assert first == objects
    assert divisions == mitoses
    if rim == 0:
        assert (arrivals, losses) == (appearing, settings.disappearing)


@examples(max_examples=15, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    objects=st.integers(1, 60),
    step=st.sampled_from([0.0, 1.0, 15.0]),
    overlap=st.sampled_from([0.0, 0.8]),
    shape=st.sampled_from(SHAPES),
)
def test_sticks_obey_the_rules_at_the_limits(
    seed: int, objects: int, step: float, overlap: float, shape: Shape
) -> None:
    settings = MicrovilliSettings(
        height=64,
        width=64,
        frames=8,
        objects=1,
        step=step,
        overlap=overlap,
        length_mean=10,
        length_max=14,
    ).changed(objects=min(objects, 40), shape=shape)
    video = simulate_video(settings, seed).checked()
    assert len(np.unique(video.labels[0])) - 1 == settings.objects
