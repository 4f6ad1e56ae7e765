"""The list of errors contains exactly what the scores count, with positions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import (
    CASES,
    blank,
    division,
    good,
    merge_fault,
    new_labels,
    square,
    touching,
    with_tracks,
    without_division,
    without_last_marker,
)
from hypothesis import given, settings
from hypothesis import strategies as some

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.evaluation import evaluate, evaluate_videos
from napari_asist.evaluation.compare import comparing
from napari_asist.evaluation.errors import count_errors, find_errors, write_errors
from napari_asist.evaluation.kinds import (
    FALSE_DIVISION,
    FALSE_LINK,
    FALSE_OBJECT,
    KINDS,
    MERGED,
    MISSED,
    MISSED_DIVISION,
    MISSING_LINK,
    WRONG_LINK,
    TrackingError,
)
from napari_asist.evaluation.matching import match_frame
from napari_asist.evaluation.scores import Scores
from napari_asist.events import result_of
from napari_asist.labels import LabelVideo, split_gaps


def errors_of(
    truth: LabelVideo, result: LabelVideo, margin: int = 0
) -> list[TrackingError]:
    matches = [
        match_frame(*frames, margin)
        for frames in zip(truth.labels, result.labels, strict=True)
    ]
    return find_errors(matches, truth.tracks, result.tracks)


def counted(scores: Scores) -> dict[str, int]:
    """Return the number of errors of each kind according to the scores."""
    numbers: dict[str, Any] = scores.as_dict()
    missed = (numbers["divisions"] or 0) - (numbers["divisions_found"] or 0)
    numbers["missed_divisions"] = missed
    return {kind: numbers[name] for kind, name in KINDS.items() if numbers[name]}


def assert_consistent(truth: LabelVideo, result: LabelVideo, margin: int = 0) -> None:
    found = count_errors(errors_of(truth, result, margin))
    assert found == counted(evaluate_videos(truth, result, margin))


RESULTS: dict[str, tuple[Callable[[], LabelVideo], Callable[[], LabelVideo]]] = {
    "missed marker": (good, without_last_marker),
    "invented": (without_last_marker, good),
    "no tracking": (good, new_labels),
    "tracking of spots": (new_labels, good),
    "merged": (touching, merge_fault),
    "division missed": (division, without_division),
    "false division": (without_division, division),
    "empty result": (CASES["empty_frame"], lambda: LabelVideo(good().labels[:3])),
}


@pytest.mark.parametrize("name", RESULTS)
def test_errors_match_the_scores(name: str) -> None:
    truth, result = (make() for make in RESULTS[name])
    result = split_gaps(result)
    assert_consistent(split_gaps(truth), result)
    assert errors_of(split_gaps(truth), result)


@pytest.mark.parametrize("margin", [0, 6])
@pytest.mark.parametrize("name", CASES)
def test_a_perfect_result_has_no_error(name: str, margin: int) -> None:
    assert errors_of(CASES[name](), CASES[name](), margin) == []


@settings(deadline=None, max_examples=40)
@given(
    some.sampled_from(["division", "good", "touching", "at_the_border"]),
    some.integers(0, 1000),
    some.sampled_from([0, 6]),
)
def test_any_damage_is_listed_as_counted(name: str, seed: int, margin: int) -> None:
    truth, rng = CASES[name](), np.random.default_rng(seed)
    labels = np.roll(truth.labels, rng.integers(-3, 4), axis=2)
    for _ in range(rng.integers(0, 4)):
        frame = labels[rng.integers(len(labels))]
        was, now = rng.integers(0, 6, 2)
        if was:
            frame[frame == was] = now
    result = split_gaps(LabelVideo(labels))
    rows = result.tracks.copy()
    known = dict(truth.tracks[["label", "parent"]].tolist())
    for row in rows:
        before = rows["label"][rows["end"] < row["begin"]]
        if known.get(row["label"]) in before:
            row["parent"] = known[row["label"]]
        elif len(before) and rng.random() < 0.5:
            row["parent"] = rng.choice(before)
    assert_consistent(truth, LabelVideo(result.labels, rows), margin)


def test_each_kind_has_its_labels_and_frame() -> None:
    first = errors_of(good(), split_gaps(without_last_marker()))[0]
    assert (first.kind, first.frame, first.truth) == (MISSED, 3, (1,))
    assert [
        (error.kind, error.frame, error.labels)
        for error in errors_of(touching(), merge_fault())
        if error.kind == MERGED
    ] == [(MERGED, time, (1,)) for time in range(4)]
    lost = errors_of(division(), without_division())
    assert [(error.kind, error.frame, error.truth) for error in lost] == [
        (MISSED_DIVISION, 1, (1, 2, 3)),
        (MISSING_LINK, 2, (1, 2)),
        (MISSING_LINK, 2, (1, 3)),
    ]
    made = errors_of(without_division(), division())
    assert [(error.kind, error.labels) for error in made] == [
        (FALSE_DIVISION, (1, 2, 3)),
        (FALSE_LINK, (1, 2)),
        (FALSE_LINK, (1, 3)),
    ]


def test_a_link_of_the_other_kind() -> None:
    labels = good().labels.copy()
    labels[2:][labels[2:] == 1] = 9
    result = with_tracks(LabelVideo(labels), [(9, 2, 3, 1)])
    assert [(error.kind, error.labels) for error in errors_of(good(), result)] == [
        (WRONG_LINK, (1, 9))
    ]


def test_a_folder_gives_scores_and_positions(tmp_path: Path) -> None:
    truth = CASES["late_start"]()
    labels = truth.labels.copy()
    square(labels[3], 9, 0, 0, 4)
    result = LabelVideo(labels, first_frame=150)
    write_ctc(truth, tmp_path / "01_GT", "truth")
    write_ctc(result, tmp_path / "01_RES")
    compared = result_of(comparing(tmp_path / "01_GT", result))
    assert compared.scores == evaluate(tmp_path / "01_GT", tmp_path / "01_RES")
    false = [error for error in compared.errors if error.kind == FALSE_OBJECT]
    assert [(e.frame, e.labels, e.y, e.x) for e in false] == [(3, (9,), 1.5, 1.5)]
    assert not any(np.isnan(error.y) for error in compared.errors)
    write_errors(compared.errors, tmp_path / "errors.csv", 150)
    lines = (tmp_path / "errors.csv").read_text().splitlines()
    assert lines[0] == "frame,kind,labels,truth,y,x"
    assert "153,false object,9,,1.5,1.5" in lines


def test_frames_without_common_numbers_are_matched_in_order(tmp_path: Path) -> None:
    write_ctc(CASES["late_start"](), tmp_path / "01_GT", "truth")
    compared = result_of(comparing(tmp_path / "01_GT", division()))
    assert compared.errors == []
    assert compared.scores.tra == 1


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (lambda: division().until(3), "The result has frames 0 to 2"),
        (lambda: LabelVideo(division().labels[:, :30]), "frames of the same shape"),
    ],
)
def test_ground_truth_that_does_not_match_is_rejected(
    result: Callable[[], LabelVideo], reason: str, tmp_path: Path
) -> None:
    write_ctc(division(), tmp_path / "01_GT", "truth")
    with pytest.raises(AsistError, match=reason):
        result_of(comparing(tmp_path / "01_GT", result()))
    with pytest.raises(AsistError, match="has no ground truth"):
        result_of(comparing(tmp_path, result()))


def test_an_empty_ground_truth_has_only_false_objects() -> None:
    nothing = LabelVideo(blank())
    assert {error.kind for error in errors_of(nothing, good())} == {FALSE_OBJECT}
