from pathlib import Path

import numpy as np
import pytest
from cases import CASES, FAULTY
from refinement_scenes import clip, mean_jaccard, painted, same, scene
from whole_video import refined_whole

from napari_asist.errors import AsistError
from napari_asist.events import Event, Finished, Note, Progress, Started, result_of
from napari_asist.labels import LabelVideo
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings

FAST = RefinementSettings(deformation="watershed")


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
    assert [e.done for e in events if isinstance(e, Progress)] == [1, 2, 3, 4] * 2
    notes = [e.message for e in events if isinstance(e, Note)]
    assert "17% of the labels were removed: improve the generator" in notes[-1]
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
    masks[1][one & (np.arange(96) < 21)] = False  # half of it: the label is removed
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


def test_the_seed_repeats_the_paint() -> None:
    video, images, masks = clip(2)
    first, second, third = (
        result_of(refine_video(video, images, masks, FAST, seed)) for seed in (1, 1, 2)
    )
    assert same(first, second)
    assert not same(first, third)


def test_frames_one_by_one_become_what_the_whole_video_does(tmp_path: Path) -> None:
    video, images, masks = clip(7)
    for time, lost in ((2, 1), (4, 3), (5, 3), (1, 6), (2, 6), (3, 6)):
        masks[time][scene().truth == lost] = False
    for settings in (FAST, FAST.changed(repair=False), FAST.changed(prefilter=False)):
        whole, painted_whole = refined_whole(video, images, masks, settings, 3)
        for cache in (None, tmp_path):
            refined = result_of(
                refine_video(video, images, masks, settings, 3, cache=cache)
            )
            np.testing.assert_array_equal(refined.video.labels, whole.labels)
            np.testing.assert_array_equal(refined.video.tracks, whole.tracks)
            np.testing.assert_array_equal(refined.images, painted_whole)
            assert refined.video.labels.dtype == whole.labels.dtype


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


def test_bad_input_is_rejected_before_any_work() -> None:
    video, images, masks = clip(2)
    with pytest.raises(AsistError, match="differ in shape"):
        result_of(refine_video(video, images[:1], masks, FAST, 0))
    broken = FAULTY["gap"]()
    shown = broken.labels > 0
    with pytest.raises(AsistError, match="missing"):
        result_of(refine_video(broken, shown.astype(np.float32), shown, FAST, 0))
