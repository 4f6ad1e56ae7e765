"""Repair over time of labels that the masks of some frames lack."""

import numpy as np
import pytest
from cases import CASES
from numpy.typing import NDArray
from refinement_scenes import boxes
from whole_video import repaired_whole

from napari_asist.events import result_of
from napari_asist.labels import LabelArray, LabelVideo, track_table
from napari_asist.refinement import deformation_cache
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings

SETTINGS = RefinementSettings(deformation="watershed", minimum_area=1)


def repair(
    cleaned: LabelVideo,
    originals: LabelVideo,
    longest: int,
    settings: RefinementSettings = SETTINGS,
) -> LabelVideo:
    """Refine `originals` in frames that show the objects of `cleaned`.

    The watershed gives each object its shape in `cleaned`. Deformation and cleaning
    therefore turn `originals` into `cleaned`, and only the repair adds anything.
    """
    masks = cleaned.labels > 0
    images = masks.astype(np.float32)
    settings = settings.changed(longest_repair=longest)
    return result_of(refine_video(originals, images, masks, settings, 0)).video


def without(video: LabelVideo, *dropped: tuple[int, int]) -> LabelVideo:
    """Remove labels from frames: pairs of label and frame."""
    labels = video.labels.copy()
    for label, time in dropped:
        labels[time][labels[time] == label] = 0
    return LabelVideo(labels, video.tracks, video.first_frame)


def family() -> LabelVideo:
    """Label 1 exists in frames 0 to 3 and divides into 2 and 3, frames 4 to 7."""
    labels = boxes((0, 3), (4, 7), (4, 7), frames=8)
    return LabelVideo(labels, track_table([(1, 0, 3, 0), (2, 4, 7, 1), (3, 4, 7, 1)]))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_video_that_lost_nothing_is_unchanged(name: str) -> None:
    video = CASES[name]()
    repaired = repair(video, video, 2)
    np.testing.assert_array_equal(repaired.labels, video.labels)
    np.testing.assert_array_equal(repaired.tracks, video.tracks)
    assert repaired.first_frame == video.first_frame


def test_a_blink_is_filled_with_the_original_shape() -> None:
    video = family()
    repaired = repair(without(video, (1, 1), (1, 2), (3, 5)), video, 2)
    np.testing.assert_array_equal(repaired.labels, video.labels)
    np.testing.assert_array_equal(repaired.tracks, video.tracks)


def test_a_long_absence_cuts_the_track() -> None:
    video = LabelVideo(boxes((0, 6), frames=7))
    repaired = repair(without(video, (1, 2), (1, 3), (1, 4)), video, 2)
    assert not repaired.faults()
    assert repaired.tracks.tolist() == [(1, 0, 1, 0), (2, 5, 6, 0)]


def test_without_repair_every_absence_cuts() -> None:
    video = LabelVideo(boxes((0, 6), frames=7))
    repaired = repair(without(video, (1, 2)), video, 0)
    assert not repaired.faults()
    assert [row[1:3] for row in repaired.tracks.tolist()] == [(0, 1), (3, 6)]


def test_the_last_part_of_a_cut_mother_keeps_the_daughters() -> None:
    video = family()
    repaired = repair(without(video, (1, 1), (1, 2)), video, 1)
    assert not repaired.faults()
    last = repaired.tracks[repaired.tracks["begin"] == 3]["label"].item()
    assert last > 3
    assert repaired.tracks["parent"].tolist() == [0, last, last, 0]


def test_a_cut_daughter_keeps_its_parent_in_its_first_part() -> None:
    video = family()
    repaired = repair(without(video, (3, 5), (3, 6)), video, 1)
    assert not repaired.faults()
    assert repaired.tracks.tolist() == [
        (1, 0, 3, 0),
        (2, 4, 7, 1),
        (3, 4, 4, 1),
        (4, 7, 7, 0),
    ]


@pytest.mark.parametrize(
    ("dropped", "parents"),
    [
        ([(1, 3)], [0, 1, 1]),  # the mother's last frame: the division moves
        ([(1, 2), (1, 3)], [0, 0, 0]),  # its last two: the link is removed
        ([(2, 4)], [0, 1, 1]),  # a daughter's first frame
        ([(1, 3), (2, 4)], [0, 0, 0]),  # both: 2 loses its mother, then 3 has no sister
    ],
)
def test_a_division_at_a_dropped_frame(
    dropped: list[tuple[int, int]], parents: list[int]
) -> None:
    video = family()
    repaired = repair(without(video, *dropped), video, 2)
    assert not repaired.faults()
    assert repaired.tracks["parent"].tolist() == parents


def test_a_mother_with_one_daughter_is_not_a_mother() -> None:
    video = family()
    gone = without(video, *[(3, time) for time in range(4, 8)])
    repaired = repair(gone, video, 2)
    assert repaired.tracks.tolist() == [(1, 0, 3, 0), (2, 4, 7, 0)]


def test_new_labels_never_take_the_number_of_a_lost_track() -> None:
    video = family()
    gone = without(video, *[(3, time) for time in range(4, 8)], (1, 1))
    repaired = repair(gone, video, 0)
    assert not repaired.faults()
    assert 3 not in repaired.tracks["label"]


def test_a_shape_is_not_restored_where_there_are_other_objects_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def overgrown(
        labels: LabelArray, mask: NDArray[np.bool_], settings: RefinementSettings
    ) -> LabelArray:
        """Let label 2 cover labeled pixels outside the mask."""
        return np.where((labels > 0) & ~mask, 2, labels).astype(labels.dtype)

    monkeypatch.setattr(deformation_cache, "deform", overgrown)
    video = LabelVideo(boxes((0, 2), (0, 2), frames=3))
    cleaned = without(video, (1, 1))
    repaired = repair(cleaned, video, 2, RefinementSettings(cleaning=False))
    assert not repaired.faults()
    assert 1 not in repaired.labels[1]
    assert (repaired.labels[1][video.labels[1] > 0] == 2).all()


@pytest.mark.parametrize("seed", range(20))
def test_frames_are_repaired_as_the_whole_video_would_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spans = [(int(rng.integers(0, 4)), int(rng.integers(5, 9))) for _ in range(6)]
    rows = [(label, *span, 0) for label, span in enumerate(spans, 1)]
    video = LabelVideo(boxes(*spans, frames=9, size=6), track_table(rows))
    lost = [(int(rng.integers(1, 7)), int(rng.integers(0, 9))) for _ in range(12)]
    grown = LabelVideo(np.maximum(video.labels, np.roll(video.labels, 5, 2)))
    for longest in range(3):
        one, other = (
            work(without(grown, *lost), video, longest)
            for work in (repair, repaired_whole)
        )
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.tracks, other.tracks)
        assert one.labels.dtype == other.labels.dtype


def test_labels_grow_wider_where_new_numbers_need_it() -> None:
    video = LabelVideo(boxes((0, 2), frames=3).astype(np.uint8) * np.uint8(255))
    cut = repair(without(video, (255, 1)), video, 0)
    assert cut.labels.dtype == np.uint16
    assert cut.tracks["label"].tolist() == [255, 256]


def test_a_video_that_lost_everything_is_empty() -> None:
    video = family()
    nothing = LabelVideo(video.labels * 0, video.tracks)
    repaired = repair(nothing, video, 2)
    assert not len(repaired.tracks)
    assert not repaired.faults()
