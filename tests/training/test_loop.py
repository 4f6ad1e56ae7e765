import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from napari_asist.errors import AsistError
from napari_asist.events import (
    CheckpointWritten,
    Event,
    Finished,
    Note,
    Progress,
    SampleImage,
    Scalars,
    Started,
    StopFlag,
    Stopped,
    Work,
    result_of,
)
from napari_asist.training.checkpoint import load_state, save_state
from napari_asist.training.loop import CHECKPOINT, train
from napari_asist.training.losses import LossFile


class Walk:
    """A training with a single weight that takes random steps."""

    device = torch.device("cpu")

    def __init__(self, breaks_at: int = -1) -> None:
        self.place = torch.zeros(1)
        self._breaks_at = breaks_at

    def step(self, number: int) -> Mapping[str, float]:
        self.place = self.place + np.random.default_rng(number).normal()
        loss = math.nan if number == self._breaks_at else float(number)
        return {"loss": loss}

    def state(self) -> dict[str, Any]:
        return {"place": self.place}

    def restore(self, state: dict[str, Any]) -> None:
        self.place = state["place"]

    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        return {"walk": np.zeros((4, 4), np.uint8)}

    def shrink(self) -> str:
        raise NotImplementedError

    def move(self, device: torch.device) -> None:
        self.device = device

    def describe(self) -> str:
        return "Walking."

    def advice(self) -> str:
        return "lower the learning rate"


def events_of(folder: Path, walk: Walk, steps: int, **options: Any) -> list[Event]:
    seen: list[Event] = []
    stop = options.pop("stop", StopFlag())
    result_of(train(walk, "walk", folder, steps, stop, **options), seen.append)
    return seen


def test_events_come_in_order(tmp_path: Path) -> None:
    events = events_of(tmp_path, Walk(), 20, report_every=10, sample_every=20)
    assert events[0] == Started("walk", 20, "steps", 0)
    progress = [event.done for event in events if isinstance(event, Progress)]
    assert progress == list(range(1, 21))
    scalars = [event for event in events if isinstance(event, Scalars)]
    assert [event.values["loss"] for event in scalars] == [4.5, 14.5]
    samples = [event for event in events if isinstance(event, SampleImage)]
    assert [event.step for event in samples] == [20]
    assert (tmp_path / "samples" / "walk_000020.png").exists()
    assert isinstance(events[-1], Finished)


def test_stopped_training_resumes_to_the_same_end(tmp_path: Path) -> None:
    whole = Walk()
    events_of(tmp_path / "whole", whole, 30)
    stop = StopFlag()

    def stop_at_step_12(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 12:
            stop.stop()

    work = train(Walk(), "walk", tmp_path / "parts", 30, stop)
    with pytest.raises(Stopped, match="after step 12"):
        result_of(work, stop_at_step_12)
    assert (tmp_path / "parts" / CHECKPOINT).exists()
    rest = Walk()
    events = events_of(tmp_path / "parts", rest, 30)
    assert events[0] == Started("walk", 30, "steps", 12)
    assert torch.equal(rest.place, whole.place)


def test_losses_have_no_duplicate_rows_after_a_kill(tmp_path: Path) -> None:
    work = train(
        Walk(), "walk", tmp_path, 40, StopFlag(), report_every=1, checkpoint_seconds=0
    )
    for event in work:
        if isinstance(event, CheckpointWritten) and event.step == 10:
            kept = (tmp_path / CHECKPOINT).read_bytes()
        if isinstance(event, Progress) and event.done == 20:
            break  # as if killed: there are ten rows after the last checkpoint
    (tmp_path / CHECKPOINT).write_bytes(kept)
    events_of(tmp_path, Walk(), 40, report_every=1)
    header, *rows = (tmp_path / "losses.csv").read_text().splitlines()
    assert header == "step,loss"
    assert [int(row.split(",")[0]) for row in rows] == list(range(1, 41))


def test_checkpoint_of_something_else_is_rejected(tmp_path: Path) -> None:
    save_state(tmp_path / CHECKPOINT, {"weights": torch.zeros(1)}, step=3)
    with pytest.raises(AsistError, match="delete it to train from the beginning"):
        events_of(tmp_path, Walk(), 5)


def test_finished_training_is_not_repeated(tmp_path: Path) -> None:
    events_of(tmp_path, Walk(), 5)
    again = Walk()
    events = events_of(tmp_path, again, 5)
    assert not any(isinstance(event, Progress) for event in events)


def test_a_loss_that_is_not_a_number_keeps_the_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="lower the learning rate"):
        events_of(tmp_path, Walk(breaks_at=5), 10, checkpoint_seconds=0)
    rest = Walk()
    events = events_of(tmp_path, rest, 10)
    assert events[0] == Started("walk", 10, "steps", 5)


def test_work_at_checkpoints_is_also_done_at_the_last_step(tmp_path: Path) -> None:
    seen: list[int] = []

    def at_checkpoint(step: int) -> Work[None]:
        seen.append(step)
        yield Note("walk", f"at {step}")

    events: list[Event] = []
    work = train(
        Walk(),
        "walk",
        tmp_path,
        4,
        StopFlag(),
        checkpoint_seconds=-1,
        at_checkpoint=at_checkpoint,
    )
    result_of(work, events.append)
    assert seen == [1, 2, 3, 4]
    written = [e.step for e in events if isinstance(e, CheckpointWritten)]
    assert written == seen
    assert Note("walk", "at 4") in events


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("step,a,b\n10,1,2\n20,3,4\n30,5", "step,a,b\n10,1,2\n20,3,4\n"),
        ("step,a,b\n10,1,2\n20,3,4.5", "step,a,b\n10,1,2\n"),
        ("step,a,b\n10,1,2\n20\n,,\nx,y,z\n25,1,2\n", "step,a,b\n10,1,2\n"),
        ("step,a,b\n10,1,2\n\0\0\0\0\0", "step,a,b\n10,1,2\n"),
        ("step,a", ""),
        ("", ""),
    ],
)
def test_torn_rows_of_losses_are_dropped(
    before: str, after: str, tmp_path: Path
) -> None:
    path = tmp_path / "losses.csv"
    path.write_text(before)
    LossFile(path, 20)
    assert path.read_text() == after


@pytest.mark.parametrize("kind", ["[]", "3", "null", '{"a": 1', "[" * 10_000])
def test_a_header_of_another_kind_is_reported(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_file({}, path, metadata={"state": kind, "metadata": kind})
    with pytest.raises(AsistError, match="napari-asist did not write"):
        load_state(path)
