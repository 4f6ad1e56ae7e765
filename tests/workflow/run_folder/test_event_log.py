import json
from pathlib import Path

import numpy as np
import pytest

from napari_asist.events import (
    CheckpointWritten,
    Event,
    Finished,
    Note,
    Paused,
    Progress,
    Resumed,
    SampleImage,
    Scalars,
    Started,
)
from napari_asist.workflow.run_folder.event_log import (
    EVENTS,
    EventLog,
    event_of,
    read_events,
)


def test_events_become_lines_of_json(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    log.add(Started("train", 3, "steps"))
    log.add(Scalars("train", 1, {"loss": float(np.float32(0.5))}))
    log.add(SampleImage("train", 1, "view", np.zeros((2, 2), np.uint8)))
    # What was added can be read while the log is open.
    first, second, third = read_events(tmp_path)
    log.close()
    assert first["event"] == "Started"
    assert first["total"] == 3
    assert first["time"] > 1e9
    assert second["values"] == {"loss": 0.5}
    assert "image" not in third


def test_numpy_numbers_are_plain(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    log.add(Scalars("train", 1, {"loss": np.float32(0.25)}))  # type: ignore[dict-item]
    log.close()
    assert read_events(tmp_path)[0]["values"] == {"loss": 0.25}


def test_progress_is_thinned_but_its_end_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 0.4, 0.8, 1.2, 1.2, 1.6])
    monkeypatch.setattr(
        "napari_asist.workflow.run_folder.event_log.time.monotonic", lambda: next(clock)
    )
    log = EventLog(tmp_path)
    for done in range(1, 7):
        log.add(Progress("train", done, 6))
    log.close()
    assert [record["done"] for record in read_events(tmp_path)] == [1, 4, 6]


def test_a_torn_line_does_not_affect_others(tmp_path: Path) -> None:
    whole = json.dumps({"event": "Note", "stage": "a", "message": "b"})
    (tmp_path / EVENTS).write_text(whole + '\n{"event": "Prog')
    log = EventLog(tmp_path)
    log.add(Note("run", "again"))
    log.close()
    assert [record["event"] for record in read_events(tmp_path)] == ["Note", "Note"]


def test_a_missing_file_has_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path) == []


@pytest.mark.parametrize(
    "event",
    [
        Started("train", 3, "steps", 1),
        Progress("train", 2, 3),
        Scalars("train", 2, {"loss": 0.5}),
        CheckpointWritten("train", 2, "checkpoint.safetensors"),
        Paused("train", 2),
        Resumed("train", 2),
        Note("train", "So."),
        Finished("train", 1.5),
    ],
)
def test_lines_are_turned_back_into_events(tmp_path: Path, event: Event) -> None:
    log = EventLog(tmp_path)
    log.add(event)
    log.close()
    assert [event_of(record) for record in read_events(tmp_path)] == [event]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"event": "Novelty", "stage": "train"},
        {"event": "Progress", "stage": "train"},
        {"event": "SampleImage", "stage": "train", "step": 1, "name": "view"},
    ],
)
def test_incomplete_records_give_no_event(record: dict[str, object]) -> None:
    assert event_of(record) is None
