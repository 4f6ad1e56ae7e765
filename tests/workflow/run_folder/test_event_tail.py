from pathlib import Path

from napari_asist.events import Note, Progress, Started
from napari_asist.workflow.run_folder.event_log import EVENTS, EventLog, EventTail


def messages(records: list[dict[str, object]]) -> list[object]:
    return [record.get("message") for record in records]


def test_what_is_appended_is_read_once_and_a_torn_line_waits(tmp_path: Path) -> None:
    tail = EventTail(tmp_path)
    assert tail.new() == []
    with (tmp_path / EVENTS).open("a") as file:
        file.write('{"event": "Note", "message": "a"}\n{"event": "No')
        file.flush()
        assert messages(tail.new()) == ["a"]
        assert tail.new() == []
        file.write('te", "message": "b"}\n')
    assert messages(tail.new()) == ["b"]


def test_skip_omits_existing_records(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text('{"event": "Note", "message": "a"}\n')
    tail = EventTail(tmp_path)
    tail.skip()
    assert tail.new() == []


def test_the_current_stage_is_found_from_the_end(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    log.add(Started("old", 9))
    log.add(Started("train", 9000, "steps"))
    for number in range(4000):  # more than the first read covers
        log.add(Note("train", f"{number}"))
    log.add(Progress("train", 9000, 9000))
    log.close()
    tail = EventTail(tmp_path)
    records = tail.current()
    assert records[0]["stage"] == "train"
    assert len(records) == 4002
    assert tail.new() == []


def test_a_file_without_a_stage_is_read_completely(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text('{"event": "Note", "message": "a"}\n')
    assert messages(EventTail(tmp_path).current()) == ["a"]
    assert EventTail(tmp_path / "none").current() == []


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text('{"event": "Note", "message": "long ago"}\n')
    tail = EventTail(tmp_path)
    tail.skip()
    (tmp_path / EVENTS).write_text('{"event": "Note", "message": "b"}\n')
    assert messages(tail.new()) == ["b"]
