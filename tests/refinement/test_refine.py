from pathlib import Path

import numpy as np
import pytest
from cases import CASES, FAULTY
from numpy.typing import NDArray
from refinement_scenes import mean_jaccard, painted, scene

from napari_asist.errors import AsistError
from napari_asist.events import Event, Finished, Note, Progress, Started, result_of
from napari_asist.labels import LabelVideo
from napari_asist.refinement import frames
from napari_asist.refinement.deform import deform
from napari_asist.refinement.refine import Refined, refine_video
from napari_asist.refinement.report import agreement, component_indices
from napari_asist.refinement.settings import RefinementSettings

FAST = RefinementSettings(deformation="watershed")
Masks = NDArray[np.bool_]


def clip(n_frames: int = 4) -> tuple[LabelVideo, NDArray[np.float32], Masks]:
    toy = scene()
    masks = np.stack([toy.mask] * n_frames)
    images = np.stack([painted(toy.mask, seed) for seed in range(n_frames)])
    return LabelVideo(np.stack([toy.circles] * n_frames)), images, masks


def test_a_video_is_deformed_cleaned_and_reported() -> None:
    video, images, masks = clip()
    events: list[Event] = []
    refined = result_of(refine_video(video, images, masks, FAST, 0), events.append)
    assert not refined.video.faults()
    for frame in refined.video.labels:
        assert mean_jaccard(frame, scene().truth) > 0.93
    report = refined.report
    assert (report.labels_before, report.labels_kept) == (24, 20)
    assert report.kept_fraction == pytest.approx(20 / 24)
    assert (report.tracks_before, report.tracks_after) == (6, 5)
    assert report.repainted_components == (1, 1, 1, 1)
    assert report.before.dice < 0.85 < 0.97 < report.after.dice
    assert report.before.jaccard < 0.7 < 0.95 < report.after.jaccard
    assert events[0] == Started("refine", 4)
    assert [e.done for e in events if isinstance(e, Progress)] == [1, 2, 3, 4]
    notes = [e.message for e in events if isinstance(e, Note)]
    assert "17% of the labels fell: fix the generator" in notes[-1]
    assert isinstance(events[-1], Finished)


def test_no_advice_where_few_labels_fall() -> None:
    video, images, masks = clip()
    fitting = LabelVideo(np.where(video.labels == 5, 0, video.labels))
    events: list[Event] = []
    result_of(refine_video(fitting, images, masks, FAST, 0), events.append)
    notes = [event.message for event in events if isinstance(event, Note)]
    assert len(notes) == 2
    assert notes[0].startswith("Cleaning and repairing")


def test_an_object_that_blinks_keeps_label_and_image() -> None:
    video, images, masks = clip()
    one = scene().truth == 1
    masks[1][one] = False
    refined = result_of(refine_video(video, images, masks, FAST, 0))
    assert not refined.video.faults()
    assert 1 in refined.video.labels[1]
    assert refined.report.labels_restored == 1
    unrepaired = FAST.changed(repair=False)
    cut = result_of(refine_video(video, images, masks, unrepaired, 0))
    assert not cut.video.faults()
    assert cut.report.tracks_after == 6


def test_a_restored_label_keeps_its_object_from_the_paint() -> None:
    video, images, masks = clip()
    one = scene().truth == 1
    masks[1][one & (np.arange(96) < 21)] = False  # half of it: the label falls
    refined = result_of(refine_video(video, images, masks, FAST, 0))
    back = refined.video.labels[1] == 1
    assert back.any()
    np.testing.assert_array_equal(refined.images[1][back], images[1][back])


def test_without_cleaning_the_frames_stay() -> None:
    video, images, masks = clip(2)
    settings = FAST.changed(cleaning=False, prefilter=False)
    refined = result_of(refine_video(video, images, masks, settings, 0))
    np.testing.assert_array_equal(refined.images, images)
    assert refined.report.repainted_components == (0, 0)


def same(one: Refined, other: Refined) -> bool:
    return (
        np.array_equal(one.video.labels, other.video.labels)
        and np.array_equal(one.images, other.images)
        and one.report == other.report
    )


def test_the_seed_repeats_the_paint() -> None:
    video, images, masks = clip(2)
    first, second, third = (
        result_of(refine_video(video, images, masks, FAST, seed)) for seed in (1, 1, 2)
    )
    assert same(first, second)
    assert not same(first, third)


def test_processes_give_what_one_gives_in_order() -> None:
    video, images, masks = clip(6)
    shifted = np.stack([np.roll(f, 2 * t, 0) for t, f in enumerate(video.labels)])
    moving = LabelVideo(shifted)
    masks = np.stack([np.roll(m, 2 * t, 0) for t, m in enumerate(masks)])
    one, two = (
        result_of(refine_video(moving, images, masks, FAST, 0, workers))
        for workers in (1, 2)
    )
    assert same(one, two)


def test_a_killed_run_goes_on_from_its_finished_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, images, masks = clip(4)
    shifted = np.stack([np.roll(f, t, 0) for t, f in enumerate(video.labels)])
    moving = LabelVideo(shifted)
    whole = result_of(refine_video(moving, images, masks, FAST, 0))
    begun = refine_video(moving, images, masks, FAST, 0, cache=tmp_path)
    for event in begun:
        if isinstance(event, Progress) and event.done == 2:
            break
    begun.close()
    assert len(list(tmp_path.glob("frame*.npz"))) == 2
    deformed: list[int] = []

    def counted(*arguments: object) -> object:
        deformed.append(1)
        return deform(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(frames, "deform", counted)
    resumed = result_of(refine_video(moving, images, masks, FAST, 0, cache=tmp_path))
    assert len(deformed) == 2
    assert same(whole, resumed)
    assert all(file.name.startswith("frame") for file in tmp_path.iterdir())


@pytest.mark.parametrize("left", [0, 100, 300])
def test_a_torn_frame_is_deformed_again(left: int, tmp_path: Path) -> None:
    video, images, masks = clip(2)
    whole = result_of(refine_video(video, images, masks, FAST, 0, cache=tmp_path))
    for file in tmp_path.glob("frame*.npz"):
        file.write_bytes(file.read_bytes()[:left])
    again = result_of(refine_video(video, images, masks, FAST, 0, cache=tmp_path))
    assert same(whole, again)
    for file in tmp_path.glob("frame*.npz"):
        assert np.load(file)["labels"].shape == video.labels.shape[1:]


def test_other_settings_do_not_meet_frames_kept_before(tmp_path: Path) -> None:
    video, images, masks = clip(1)
    for settings in (FAST, FAST.changed(cap=1), FAST.changed(feather=0)):
        result_of(refine_video(video, images, masks, settings, 0, cache=tmp_path))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("shown", ["itself", "nothing", "everything"])
def test_every_case_ends_valid(name: str, shown: str) -> None:
    video = CASES[name]()
    masks = video.labels > 0
    if shown != "itself":
        masks = np.full(masks.shape, shown == "everything")
    images = np.stack([painted(mask) for mask in masks])
    refined = result_of(refine_video(video, images, masks, FAST, 0))
    assert not refined.video.faults()
    assert refined.video.first_frame == video.first_frame
    assert np.isfinite(refined.images).all()
    if shown == "itself":
        np.testing.assert_array_equal(refined.video.labels, video.labels)
        np.testing.assert_array_equal(refined.video.tracks, video.tracks)
        np.testing.assert_array_equal(refined.images, images)
        assert refined.report.after.dice == 1


def test_bad_input_is_refused_before_any_work() -> None:
    video, images, masks = clip(2)
    with pytest.raises(AsistError, match="differ in shape"):
        result_of(refine_video(video, images[:1], masks, FAST, 0))
    with pytest.raises(AsistError, match="at least 1"):
        result_of(refine_video(video, images, masks, FAST, 0, workers=0))
    broken = FAULTY["gap"]()
    shown = broken.labels > 0
    with pytest.raises(AsistError, match="missing"):
        result_of(refine_video(broken, shown.astype(np.float32), shown, FAST, 0))


def test_agreement_counts_by_hand() -> None:
    labels, mask = np.zeros((1, 1, 12), np.uint8), np.zeros((1, 1, 12), bool)
    labels[0, 0, :4] = 1  # two of four in the first component
    mask[0, 0, 2:5] = True
    mask[0, 0, 8:10] = True  # a component that no label covers
    found = agreement(labels, mask)
    assert found.dice == pytest.approx(2 * 2 / (4 + 5))
    assert found.jaccard == pytest.approx((2 / 5 + 0) / 2)
    assert not len(component_indices(labels[0], mask[0] & False))
