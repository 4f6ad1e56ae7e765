import numpy as np
import pytest
from cases import (
    CASES,
    FAULTY,
    blank,
    division,
    empty,
    empty_frame,
    gap,
    good,
    high_labels,
    late_start,
    missing_row,
    repeated_row,
    square,
    with_tracks,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from napari_asist.errors import AsistError
from napari_asist.labels import (
    Fault,
    LabelVideo,
    LabelVideoError,
    labels_in,
    presence,
    relabel,
    split_gaps,
    track_table,
    tracks_of,
    without_gaps,
)

FAULTS = {
    "gap": "frame 1, label 1: is missing although its track covers the frame",
    "missing_row": "frame 0, label 2: has no row in the track table",
    "repeated_row": "label 3: has more than one row in the track table",
    "unknown_parent": "label 2: has parent 9, which has no row",
    "living_parent": "label 2: begins at 2, before its parent 4 ends",
    "outside_its_track": "frame 2, label 3: is outside its track's frames",
}

small_labels = st_numpy.arrays(np.uint8, (5, 2, 3), elements=st.integers(0, 4))


@pytest.mark.parametrize("name", [*CASES, "empty"])
def test_valid_cases_have_no_fault(name: str) -> None:
    video = CASES[name]() if name in CASES else empty()
    assert video.faults() == []
    assert video.checked() is video


@pytest.mark.parametrize("name", FAULTY)
def test_faults_name_frame_and_label(name: str) -> None:
    faults = FAULTY[name]().faults()
    assert str(faults[0]) == FAULTS[name]
    with pytest.raises(LabelVideoError) as raised:
        FAULTY[name]().checked()
    assert raised.value.faults == faults


def test_every_fault_is_reported_not_only_the_first() -> None:
    faults = missing_row().faults()
    assert [fault.frame for fault in faults] == [0, 1, 2, 3]
    with pytest.raises(LabelVideoError, match="and 3 more"):
        missing_row().checked()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((9, 0, 7, 0), "spans frames 0 to 7, but the video has frames 0 to 3"),
        ((9, -1, 2, 0), "spans frames -1 to 2"),
        ((9, 3, 1, 0), "begins at 3, after its end 1"),
        ((0, 0, 3, 0), "is not a valid track label; labels start at 1"),
        ((9, 0, 3, 9), "before its parent 9 ends"),
        ((9, 0, 3, -1), "has parent -1"),
    ],
)
def test_impossible_rows(row: tuple[int, int, int, int], message: str) -> None:
    faults = with_tracks(good(), [row]).faults()
    assert any(message in str(fault) and fault.label == row[0] for fault in faults)


def test_a_fault_starts_with_its_location() -> None:
    assert str(Fault("is odd", 3, 7)) == "frame 3, label 7: is odd"
    assert str(Fault("is odd")) == "is odd"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((4, 5), np.uint16), "axes"),
        (np.zeros((2, 4, 5), np.int32), "unsigned"),
        (np.zeros((2, 4, 5), np.float32), "unsigned"),
    ],
)
def test_other_arrays_are_rejected(labels: np.ndarray, message: str) -> None:
    with pytest.raises(AsistError, match=message):
        LabelVideo(labels)


def test_other_tables_are_rejected() -> None:
    with pytest.raises(AsistError, match="label, begin, end, parent"):
        LabelVideo(blank(), np.zeros((2, 4)))  # type: ignore[arg-type]


def test_an_omitted_table_is_derived_and_sorted() -> None:
    video = good()
    assert video.tracks.tolist() == [(1, 0, 3, 0), (2, 0, 3, 0), (3, 0, 2, 0)]
    shuffled = LabelVideo(video.labels, video.tracks[::-1])
    assert shuffled.tracks.tolist() == video.tracks.tolist()
    assert len(video) == 4


def test_children() -> None:
    assert division().children(1).tolist() == [2, 3]
    assert division().children(4).tolist() == []


def test_split_gaps_links_the_parts() -> None:
    repaired = split_gaps(gap()).checked()
    assert repaired.tracks.tolist() == [
        (1, 0, 0, 0),
        (2, 0, 3, 0),
        (3, 0, 2, 0),
        (4, 2, 3, 1),
    ]
    assert np.array_equal(repaired.labels > 0, gap().labels > 0)


def test_labels_in_each_frame_follow_a_split() -> None:
    video, present = without_gaps(gap(), list(presence(gap().labels)))
    assert np.array_equal(video.labels, split_gaps(gap()).labels)
    for found, expected in zip(present, presence(video.labels), strict=True):
        assert found.tolist() == expected.tolist()
    assert len(set(np.concatenate(present).tolist())) == len(video.tracks)


def test_split_gaps_does_not_change_valid_videos() -> None:
    video = late_start()
    same = split_gaps(video)
    assert same.labels is video.labels
    assert same.tracks.tolist() == video.tracks.tolist()
    assert same.first_frame == 150


def test_children_of_a_cut_track_descend_from_the_last_part_before_them() -> None:
    labels = blank(7)
    for time in (0, 2, 5, 6):
        square(labels[time], 1, 4, 4)
    for time in (4, 5, 6):
        square(labels[time], 2, 20, 20)
    rows = [(1, 0, 6, 0), (2, 4, 6, 1)]
    repaired = split_gaps(LabelVideo(labels, track_table(rows))).checked()
    assert repaired.tracks.tolist() == [
        (1, 0, 0, 0),
        (2, 4, 6, 3),
        (3, 2, 2, 1),
        (4, 5, 6, 3),
    ]


def test_split_gaps_never_reuses_a_label_named_as_parent() -> None:
    labels = blank(4)
    for time in (0, 2):
        square(labels[time], 1, 4, 4)
    square(labels[3], 2, 20, 20)
    rows = [(1, 0, 2, 0), (2, 3, 3, 3), (3, 0, 1, 0)]
    repaired = split_gaps(LabelVideo(labels, track_table(rows))).checked()
    assert repaired.tracks[["label", "parent"]].tolist() == [(1, 0), (2, 0), (4, 1)]


def test_split_gaps_widens_the_dtype_if_needed() -> None:
    labels = np.zeros((3, 2, 2), np.uint8)
    labels[0] = labels[2] = 255
    repaired = split_gaps(LabelVideo(labels))
    assert repaired.labels.dtype == np.uint16
    assert repaired.labels[2, 0, 0] == 256


@settings(max_examples=60, deadline=None)
@given(small_labels)
def test_split_gaps_always_gives_a_valid_video(labels: np.ndarray) -> None:
    video = LabelVideo(labels)
    repaired = split_gaps(video).checked()
    assert np.array_equal(repaired.labels > 0, labels > 0)
    for before, after in zip(labels, repaired.labels, strict=True):
        pairs = set(zip(before.ravel().tolist(), after.ravel().tolist(), strict=True))
        assert len(pairs) == len(np.unique(before))


def test_crop_keeps_a_valid_video() -> None:
    part = division().crop(slice(10, 30), slice(0, 24)).checked()
    assert part.labels.shape == (5, 20, 24)
    assert 4 not in part.tracks["label"]


def test_relabel_numbers_in_the_order_of_the_begin() -> None:
    compact = relabel(high_labels()).checked()
    assert compact.labels.dtype == np.uint16
    assert compact.tracks.tolist() == [
        (1, 0, 1, 0),
        (2, 0, 4, 0),
        (3, 2, 4, 1),
        (4, 2, 4, 1),
    ]
    assert np.array_equal(compact.labels > 0, division().labels > 0)


def test_relabel_accepts_labels_of_32_bits() -> None:
    labels = np.zeros((2, 3, 3), np.uint32)
    labels[:, 0] = 4_000_000_000
    assert relabel(LabelVideo(labels)).labels.max() == 1


def test_relabel_rejects_labels_without_a_row() -> None:
    with pytest.raises(LabelVideoError, match="label 2: has no row"):
        relabel(missing_row())


def test_relabel_of_an_empty_video() -> None:
    assert len(relabel(empty()).tracks) == 0


def test_tracks_of_an_empty_frame() -> None:
    assert tracks_of(empty_frame().labels).tolist() == [(1, 0, 0, 0), (2, 2, 2, 0)]


def test_a_merge_is_a_fault_even_if_its_masks_are_complete() -> None:
    assert {fault.label for fault in repeated_row().faults()} == {3}


@pytest.mark.parametrize("highest", [9, 300, 2**22])
def test_labels_in_a_frame_are_those_of_its_pixels(highest: int) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, highest, (40, 30), np.uint32)
    blocks = np.kron(noise[:5, :3], np.ones((4, 9), np.uint32))
    last = np.zeros((6, 7), np.uint32)
    last[-1, -1] = highest
    for frame in (noise, noise.T[::2], blocks, last, last[:, ::-1], last[:0]):
        expected = [label for label in np.unique(frame).tolist() if label]
        assert labels_in(frame).tolist() == expected
