"""Undo restores the same video after any correction."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES, division, good
from hypothesis import given, settings
from hypothesis import strategies as some

from napari_asist.errors import AsistError
from napari_asist.labels import CONFIDENCE_DTYPE, LabelVideo
from napari_asist.proofreading import (
    Edit,
    EditHistory,
    accept_painting,
    delete_track,
    merge_tracks,
    read_journal,
    relabel_track,
    remove_journal,
    remove_parent,
    set_parent,
    split_object,
    split_track,
    swap_tracks,
    write_journal,
)


def _painted(video: LabelVideo, first: int, second: int, time: int) -> Edit:
    labels = video.labels.copy()
    labels[min(time, len(labels) - 1), 5 : 5 + first, : second * 4] = second
    return accept_painting(video, labels)


CORRECTIONS: tuple[Callable[[LabelVideo, int, int, int], Edit], ...] = (
    lambda video, first, second, time: merge_tracks(video, first, second),
    lambda video, first, second, time: split_track(video, first, time, second > 2),
    lambda video, first, second, time: split_object(video, first),
    lambda video, first, second, time: split_object(video, first, [time]),
    lambda video, first, second, time: relabel_track(video, first, second + 5),
    swap_tracks,
    lambda video, first, second, time: delete_track(video, first, time),
    lambda video, first, second, time: set_parent(video, first, second),
    lambda video, first, second, time: remove_parent(video, first),
    _painted,
)
STEPS = some.tuples(
    some.integers(0, len(CORRECTIONS) - 1),
    some.integers(1, 6),
    some.integers(1, 6),
    some.integers(0, 4),
)


def test_corrections_keep_the_confidence() -> None:
    sure = np.array([(0, 18, 20, 0.5, np.nan)], CONFIDENCE_DTYPE)
    history = EditHistory(replace(division(), confidence=sure))
    history.do(delete_track(history.video, 2))
    assert history.video.confidence is sure


def same(one: LabelVideo, other: LabelVideo) -> bool:
    return np.array_equal(one.labels, other.labels) and np.array_equal(
        one.tracks, other.tracks
    )


@settings(deadline=None, max_examples=60)
@given(
    some.sampled_from(["good", "touching", "division", "at_the_border"]),
    some.lists(STEPS, max_size=6),
)
def test_every_correction_is_valid_and_undone(name: str, steps: Any) -> None:
    history, done = EditHistory(CASES[name]()), 0
    for kind, first, second, time in steps:
        try:
            edit = CORRECTIONS[kind](history.video, first, second, time)
        except AsistError:
            continue
        history.do(edit)
        history.video.checked()
        done += 1
    assert len(history.journal) == done
    last = LabelVideo(history.video.labels.copy(), history.video.tracks)
    for _ in range(done):
        assert history.undo() is not None
    assert history.undo() is None
    assert same(history.video, CASES[name]())
    assert history.journal == ()
    for _ in range(done):
        history.redo()
    assert same(history.video, last)


def test_the_original_video_is_not_changed() -> None:
    video = good()
    EditHistory(video).do(delete_track(video, 1))
    assert same(video, good())


def test_a_new_edit_discards_what_was_undone() -> None:
    history = EditHistory(good())
    history.do(delete_track(history.video, 1))
    history.undo()
    assert history.redoable == "Deleted track 1."
    history.do(delete_track(history.video, 2))
    assert history.redo() is None
    assert history.undoable == "Deleted track 2."


def test_memory_is_bounded_and_the_journal_is_complete() -> None:
    history = EditHistory(division(), most_bytes=5_000)
    for label, new in [(2, 8), (8, 2)] * 6:
        history.do(relabel_track(history.video, label, new))
    assert len(history.journal) == 12
    count = 0
    while history.undo():
        count += 1
    assert 1 <= count < 12


def test_the_journal_is_saved_next_to_the_export(tmp_path: Path) -> None:
    history = EditHistory(good())
    history.do(delete_track(history.video, 1))
    folder, digest = tmp_path / "01_RES", history.video.digest()
    path = write_journal(history.journal, folder, digest)
    assert path == tmp_path / "01_corrections.json"
    assert json.loads(path.read_text())["corrections"] == ["Deleted track 1."]
    assert read_journal(history.video, folder) == history.journal
    # It is not the journal of labels that replaced them.
    assert read_journal(good(), folder) == ()
    # Earlier versions did not say of which labels.
    path.write_text('{"corrections": ["Deleted track 1."]}')
    assert read_journal(good(), folder) == history.journal
    remove_journal(folder)
    assert not path.exists()


@pytest.mark.parametrize("content", ["mine", "[1]", '{"corrections": 3}'])
def test_a_file_that_is_no_journal_is_kept(tmp_path: Path, content: str) -> None:
    folder, path = tmp_path / "01_RES", tmp_path / "01_corrections.json"
    path.write_text(content)
    assert read_journal(good(), folder) == ()
    remove_journal(folder)
    assert path.read_text() == content


def test_an_earlier_journal_goes_on() -> None:
    history = EditHistory(good(), earlier=("Deleted track 9.",))
    history.do(delete_track(history.video, 1))
    assert list(history.journal) == ["Deleted track 9.", "Deleted track 1."]
    history.undo()
    assert history.undo() is None
    assert list(history.journal) == ["Deleted track 9."]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_labels_of_any_width_can_be_corrected(dtype: Any) -> None:
    history = EditHistory(LabelVideo(good().labels.astype(dtype)))
    history.do(relabel_track(history.video, 1, 300))
    assert 300 in history.video.labels
