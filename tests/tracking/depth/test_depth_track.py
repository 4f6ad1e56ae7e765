from dataclasses import replace

import numpy as np
import pytest
from depth_cases import disc, maps_of, maps_of_video
from numpy.testing import assert_array_equal

from napari_asist.depth.maps import Maps
from napari_asist.errors import AsistError
from napari_asist.evaluation.evaluate import evaluate_videos
from napari_asist.events import Event, Finished, Progress, Started, result_of
from napari_asist.labels import LabelVideo
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.objects import segment
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.depth.track import track_maps

SETTINGS = DepthTrackingSettings()
RADIUS = 13.0
SHAPE = (100, 140)


def resting(n_frames: int, *discs: tuple[float, float]) -> np.ndarray:
    labels = np.zeros((n_frames, *SHAPE), np.uint16)
    for frame in labels:
        for label, (y, x) in enumerate(discs, 1):
            disc(frame, label, y, x)
    return labels


def tracked(
    maps: list[Maps],
    settings: DepthTrackingSettings = SETTINGS,
    shape: tuple[int, int] | None = None,
    radius: float = RADIUS,
) -> LabelVideo:
    height, width = maps[0].foreground.shape
    shape = shape or (height, width)
    video = result_of(track_maps(iter(maps), len(maps), shape, radius, settings))
    return video.checked()


def drawn(labels: np.ndarray, **options: float) -> list[Maps]:
    return [maps_of(frame, **options) for frame in labels]  # type: ignore[arg-type]


def test_touching_discs_are_separated() -> None:
    labels = resting(1, (50, 40), (50, 65), (50, 110))
    found = segment(drawn(labels)[0], Grid(SHAPE, SHAPE, RADIUS), SETTINGS)
    assert len(found) == 3
    assert np.hypot(*(found.centers - [[50, 40], [50, 65], [50, 110]]).T).max() < 1
    assert (found.confidence > 0.9).all()


def test_a_dumbbell_with_a_shallow_saddle_stays_one() -> None:
    labels = np.zeros((1, *SHAPE), np.uint16)
    disc(labels[0], 1, 50, 50)
    disc(labels[0], 1, 50, 62)
    assert len(tracked(drawn(labels)).tracks) == 1


def test_a_chain_of_links_without_a_gap() -> None:
    labels = np.zeros((8, *SHAPE), np.uint16)
    for time, frame in enumerate(labels):
        disc(frame, 1, 30, 20 + 8 * time)
        disc(frame, 2, 70, 110 - 8 * time)
    video = tracked(list(maps_of_video(LabelVideo(labels))))
    assert video.tracks.tolist() == [(1, 0, 7, 0), (2, 0, 7, 0)]


def test_a_division_is_found() -> None:
    labels = np.zeros((8, *SHAPE), np.uint16)
    for time, frame in enumerate(labels):
        if time < 4:
            disc(frame, 1, 50, 70)
        else:
            disc(frame, 2, 50, 60 - time, 9)
            disc(frame, 3, 50, 80 + time, 9)
    video = tracked(drawn(labels))
    assert video.tracks.tolist() == [(1, 0, 3, 0), (2, 4, 7, 1), (3, 4, 7, 1)]


def merged_for_a_while(first: int, last: int, n_frames: int = 14) -> list[Maps]:
    """Two discs that touch; the network sees one in these frames."""
    labels = resting(n_frames, (50, 52), (50, 76))
    maps = drawn(labels)
    for time in range(first, last + 1):
        flat = np.ones_like(maps[time].depth)
        maps[time] = replace(maps[time], depth=flat)
    return maps


@pytest.mark.parametrize(("first", "last"), [(5, 7), (0, 4), (9, 13)])
def test_what_merges_for_a_while_is_cut_by_the_tracks_around(
    first: int, last: int
) -> None:
    maps = merged_for_a_while(first, last)
    video = tracked(maps, SETTINGS.changed(cut_backwards=True))
    assert video.tracks.tolist() == [(1, 0, 13, 0), (2, 0, 13, 0)]
    areas = [np.bincount(frame.ravel())[1:] for frame in video.labels]
    assert np.ptp(areas) < 0.15 * np.mean(areas)
    plain = tracked(maps, SETTINGS.changed(cut_forwards=False, cut_backwards=False))
    assert plain.tracks["begin"].tolist() != [0, 0] or plain.tracks["end"].min() < 13


def test_a_ghost_of_one_frame_is_dropped_and_a_long_faint_track_is_kept() -> None:
    labels = resting(12, (50, 40), (50, 100))
    labels[:, :, :70] *= np.arange(12)[:, None, None] == 5
    faint = SETTINGS.changed(clear_contrast=12)
    maps = drawn(labels, level=3.0)
    assert tracked(maps, faint).tracks.tolist() == [(1, 0, 11, 0)]
    assert len(tracked(maps, faint.changed(evidence=0)).tracks) == 2
    assert len(tracked(drawn(labels, level=20.0), faint).tracks) == 2


def test_a_faint_track_that_fills_a_short_video_is_kept() -> None:
    labels = resting(8, (50, 40), (50, 100))
    # The second one is seen as often, but it comes and goes.
    labels[[0, 7], :, 70:] = 0
    faint = SETTINGS.changed(clear_contrast=12)
    whole, within = labels[1:7, :, :70], labels[:, :, 70:]
    assert len(tracked(drawn(whole, level=3.0), faint).tracks) == 1
    assert not len(tracked(drawn(within, level=3.0), faint).tracks)


def test_objects_no_brighter_than_their_surroundings_are_dropped() -> None:
    labels = resting(3, (50, 40))
    maps = drawn(labels, level=0.5)
    assert not len(tracked(maps).tracks)
    assert len(tracked(maps, SETTINGS.changed(least_contrast=-9, evidence=0)).tracks)


@pytest.mark.parametrize("zoom", [2, 4.6, 0.4])
def test_outlines_at_the_resolution_of_the_video(zoom: float) -> None:
    """Within a fraction of a px of the maps, or of the video if it is coarser."""
    centers, radius = [(40.3, 40.8), (52.1, 63.2), (70, 110)], 12.4
    labels = np.zeros(SHAPE, np.uint16)
    for label, (y, x) in enumerate(centers, 1):
        disc(labels, label, y, x, radius)
    shape = (round(SHAPE[0] * zoom), round(SHAPE[1] * zoom))
    truth = np.zeros(shape, np.uint16)
    steps = [m / n for m, n in zip(SHAPE, shape, strict=True)]
    rows, columns = (
        (np.arange(n) + 0.5) * s - 0.5 for n, s in zip(shape, steps, strict=True)
    )
    for label, (y, x) in enumerate(centers, 1):
        mask = (rows[:, None] - y) ** 2 + (columns - x) ** 2 <= (radius + 0.3) ** 2
        truth[mask & (truth == 0)] = label
    video = tracked([maps_of(labels, level=20)], shape=shape)
    scores = evaluate_videos(LabelVideo(truth[None]), video)
    assert scores.det == 1
    # Half a pixel of the maps all around is .92.
    assert scores.seg is not None
    # Labels sampled at the pixels of the coarser video have .943.
    assert scores.seg > (0.95 if zoom > 1 else 0.947)


def test_outlines_of_a_finer_video_have_no_corners() -> None:
    labels = resting(1, (50, 50))[0]
    video = tracked([maps_of(labels, level=20)], shape=(400, 560))
    rows, columns = np.nonzero(video.labels[0])
    edge = video.labels[0] > 0
    edge[1:-1, 1:-1] &= ~(
        edge[2:, 1:-1] & edge[:-2, 1:-1] & edge[1:-1, 2:] & edge[1:-1, :-2]
    )
    y, x = np.nonzero(edge)
    ways = np.hypot(y - rows.mean(), x - columns.mean())
    assert np.ptp(ways) < 4  # one pixel of the maps, with the disc's own steps
    assert ways.std() < 1


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_simulated_video_is_tracked(noise: float) -> None:
    settings = NucleiSettings(
        frames=12,
        height=300,
        width=301,
        objects=30,
        mitoses=4,
        appearing=1,
        disappearing=1,
        plate=0.5,
        overlap=0.8,
    )
    truth = simulate_video(settings, 3)
    maps = list(maps_of_video(truth, noise))
    scores = evaluate_videos(truth, tracked(maps))
    assert scores.det is not None
    assert scores.tra is not None
    assert min(scores.det, scores.tra) > 0.985
    assert scores.seg is not None
    assert scores.seg > 0.9


def test_the_same_maps_give_the_same_labels_and_events() -> None:
    maps = drawn(resting(3, (50, 40), (50, 66)), noise=0.05)
    events: list[Event] = []
    work = track_maps(iter(maps), 3, SHAPE, RADIUS, SETTINGS, first_frame=7)
    video = result_of(work, events.append)
    assert_array_equal(video.labels, tracked(maps).labels)
    assert video.first_frame == 7
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert [e.done for e in events if isinstance(e, Progress)] == [1, 2, 3]


def test_labels_wait_in_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    maps = drawn(resting(3, (50, 40), (50, 66)))
    video = result_of(
        track_maps(iter(maps), 3, SHAPE, RADIUS, SETTINGS, scratch=tmp_path)
    )
    assert isinstance(video.labels, np.memmap)
    assert_array_equal(video.labels, tracked(maps).labels)


def test_a_track_beyond_the_margin_is_dropped() -> None:
    labels = resting(3, (50, 20), (50, 90))
    settings = SETTINGS.changed(margin=30)
    assert len(tracked(drawn(labels)).tracks) == 2
    video = tracked(drawn(labels), settings)
    assert len(video.tracks) == 1
    assert video.labels[0, 50, 90] == 1


def test_an_empty_frame_has_no_objects() -> None:
    labels = resting(5, (50, 50))
    labels[2] = 0
    video = tracked(drawn(labels))
    assert video.tracks["begin"].tolist() == [0, 3]
    assert not len(tracked(drawn(labels * 0)).tracks)


def test_as_many_maps_as_frames() -> None:
    maps = drawn(resting(3, (50, 40)))
    for n_frames in (0, 2, 4):
        with pytest.raises(AsistError):
            result_of(track_maps(iter(maps), n_frames, SHAPE, RADIUS, SETTINGS))


def test_maps_whose_shapes_do_not_fit_are_rejected() -> None:
    maps = drawn(resting(1, (50, 40)))[0]
    with pytest.raises(AsistError, match="shapes"):
        Maps(maps.foreground, maps.depth[:-1], maps.offset, maps.signal)
