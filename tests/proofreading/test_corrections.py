"""Corrections of small videos: what each changes and what it refuses."""

import numpy as np
import pytest
from cases import CASES, blank, division, good, square, touching

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo, track_table
from napari_asist.proofreading import (
    Edit,
    EditHistory,
    accept_painting,
    delete_track,
    merge_tracks,
    relabel_track,
    remove_parent,
    set_parent,
    split_object,
    split_track,
    swap_tracks,
)


def after(video: LabelVideo, edit: Edit) -> LabelVideo:
    """Return the corrected video, checked to be valid."""
    history = EditHistory(video)
    history.do(edit)
    return history.video.checked()


def rows(video: LabelVideo) -> list[tuple[int, ...]]:
    return video.tracks.tolist()  # type: ignore[no-any-return]


def broken() -> LabelVideo:
    """A cell that changes its label after frame 1 and then divides."""
    labels = blank(6)
    for time, frame in enumerate(labels):
        if time < 4:
            square(frame, 1 if time < 2 else 2, 14, 16, 10)
        else:
            square(frame, 3, 14, 6, 6)
            square(frame, 4, 14, 30, 6)
    tracks = [(1, 0, 1, 0), (2, 2, 3, 0), (3, 4, 5, 2), (4, 4, 5, 2)]
    return LabelVideo(labels, track_table(tracks))


def test_successive_pieces_become_one_track_with_the_children() -> None:
    edit = merge_tracks(broken(), 2, 1)
    assert edit.words == "Merged track 2 into 1."
    merged = after(broken(), edit)
    assert rows(merged) == [(1, 0, 3, 0), (3, 4, 5, 1), (4, 4, 5, 1)]
    assert [change.time for change in edit.changes] == [2, 3]


def test_simultaneous_pieces_become_one_object() -> None:
    merged = after(touching(), merge_tracks(touching(), 1, 2))
    assert rows(merged) == [(1, 0, 3, 0)]
    np.testing.assert_array_equal(merged.labels > 0, touching().labels > 0)


def test_merging_a_daughter_with_its_mother_releases_the_other() -> None:
    edit = merge_tracks(division(), 1, 2)
    merged = after(division(), edit)
    assert rows(merged) == [(1, 0, 4, 0), (3, 2, 4, 0), (4, 0, 4, 0)]
    assert edit.words.endswith("Track 3 is without a parent now.")


def test_a_track_is_split_in_time() -> None:
    child = after(broken(), split_track(broken(), 2, 3, as_child=True))
    assert rows(child) == [
        (1, 0, 1, 0),
        (2, 2, 2, 0),
        (3, 4, 5, 5),
        (4, 4, 5, 5),
        (5, 3, 3, 2),
    ]
    unrelated = after(broken(), split_track(broken(), 2, 3))
    assert unrelated.tracks["parent"].tolist() == [0, 0, 5, 5, 0]


@pytest.mark.parametrize("times", [None, [1]])
def test_an_object_is_cut_at_its_neck(times: list[int] | None) -> None:
    labels = blank()
    for frame in labels:
        square(frame, 7, 10, 8)
        square(frame, 7, 10, 18)
        frame[13:15, 16:18] = 7
    video = LabelVideo(labels)
    split = after(video, split_object(video, 7, times))
    for time in times or range(4):
        assert (split.labels[time][10:18, 8:16] == 7).all()
        assert (split.labels[time][10:18, 18:26] == 8).all()
    begin, end = (0, 3) if times is None else (1, 1)
    assert rows(split) == [(7, 0, 3, 0), (8, begin, end, 0)]


def test_separate_pieces_are_split_and_followed() -> None:
    labels = blank(6)
    for time, frame in enumerate(labels):  # the upper one sinks, the lower one rises
        square(frame, 1, 2 + 5 * time, 4)
        square(frame, 1, 28 - 5 * time, 30)
    video = LabelVideo(labels)
    split = after(video, split_object(video, 1))
    assert all((frame[:, :20] == 1).any() for frame in split.labels)
    assert not any((frame[:, 20:] == 1).any() for frame in split.labels)


def test_daughters_share_the_mother_when_one_is_split() -> None:
    split = after(division(), split_object(division(), 2))
    assert (5, 2, 4, 1) in rows(split)


def test_a_track_is_relabeled_with_its_family() -> None:
    renamed = after(division(), relabel_track(division(), 1, 9))
    assert rows(renamed) == [(2, 2, 4, 9), (3, 2, 4, 9), (4, 0, 4, 0), (9, 0, 1, 0)]


def test_identities_are_swapped_starting_at_a_frame() -> None:
    video = division()
    swapped = after(video, swap_tracks(video, 4, 2, 3))
    assert rows(swapped) == rows(video)
    np.testing.assert_array_equal(swapped.labels[3] == 4, video.labels[3] == 2)
    np.testing.assert_array_equal(swapped.labels[2], video.labels[2])
    whole = after(video, swap_tracks(video, 1, 4, 0))
    assert rows(whole) == [(1, 0, 4, 0), (2, 2, 4, 4), (3, 2, 4, 4), (4, 0, 1, 0)]


def test_a_track_is_deleted_completely_or_starting_at_a_frame() -> None:
    gone = after(division(), delete_track(division(), 1))
    assert rows(gone) == [(2, 2, 4, 0), (3, 2, 4, 0), (4, 0, 4, 0)]
    cut = after(division(), delete_track(division(), 4, 3))
    assert (4, 0, 2, 0) in rows(cut)
    assert len(rows(cut)) == 4


def test_parents_are_set_and_removed() -> None:
    alone = after(division(), remove_parent(division(), 3))
    assert (3, 2, 4, 0) in rows(alone)
    assert rows(after(alone, set_parent(alone, 3, 1))) == rows(division())


def test_painting_becomes_part_of_the_result() -> None:
    video, painted = division(), division().labels.copy()
    painted[0][0:3, 0:3] = 9
    painted[2][painted[2] == 4] = 0
    edit = accept_painting(video, painted)
    assert edit.words == "Accepted the painting in 2 frames."
    accepted = after(video, edit)
    assert (9, 0, 0, 0) in rows(accepted)
    assert (4, 0, 1, 0) in rows(accepted)
    assert (10, 3, 4, 4) in rows(accepted)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda: merge_tracks(good(), 1, 1), "merged with itself"),
        (lambda: merge_tracks(CASES["empty_frame"](), 1, 2), "paint the object"),
        (lambda: split_track(good(), 1, 0), "cannot be split at frame 0"),
        (lambda: split_object(good(), 3, [3]), "not in this frame"),
        (lambda: relabel_track(good(), 1, 2), "Another track has the label 2"),
        (lambda: relabel_track(good(), 1, 70_000), "1 to 65535"),
        (lambda: swap_tracks(good(), 3, 3, 0), "choose a second"),
        (lambda: swap_tracks(CASES["empty_frame"](), 1, 2, 1), "no object in frames 1"),
        (lambda: delete_track(good(), 3, 3), "ends in frame 2"),
        (lambda: delete_track(good(), 8), "no track 8"),
        (lambda: set_parent(good(), 1, 2), "must end before its child"),
        (lambda: set_parent(good(), 1, 1), "its own parent"),
        (lambda: set_parent(division(), 2, 1), "already"),
        (lambda: remove_parent(good(), 1), "no parent"),
        (lambda: accept_painting(good(), good().labels), "Nothing was painted"),
        (lambda: accept_painting(good(), good().labels[1:]), "shape"),
    ],
)
def test_impossible_corrections_are_rejected(edit: object, reason: str) -> None:
    with pytest.raises(AsistError, match=reason):
        edit()  # type: ignore[operator]


def test_the_highest_label_of_the_dtype_is_respected() -> None:
    video = relabeled = LabelVideo(np.where(good().labels == 1, 65535, 0).astype("u2"))
    with pytest.raises(AsistError, match="in this video is 65535"):
        split_track(video, 65535, 2)
    assert relabeled is video


def test_a_swapped_mother_and_child_stay_a_family() -> None:
    labels = np.zeros((10, 8, 8), np.uint16)
    labels[:5, 2:5, 2:5], labels[5:, 2:5, 2:5] = 1, 2
    video = LabelVideo(labels, track_table([(1, 0, 4, 0), (2, 5, 9, 1)]))
    swapped = after(video, swap_tracks(video, 1, 2, 0))
    assert swapped.tracks.tolist() == [(1, 5, 9, 2), (2, 0, 4, 0)]


def test_a_painted_gap_that_needs_too_high_a_label_is_rejected() -> None:
    video = good()
    painted = np.asarray(video.labels, np.uint16).copy()
    painted[[0, 2], :2, :2] = 65535
    with pytest.raises(AsistError, match="in this video is 65535"):
        accept_painting(video, painted)
