"""The training loop that synthesis and embedding share."""

import csv
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from skimage.io import imsave

from napari_asist.errors import AsistError
from napari_asist.events import (
    CheckpointWritten,
    Event,
    Finished,
    Progress,
    SampleImage,
    Scalars,
    Started,
    StopFlag,
    Stopped,
    Work,
)
from napari_asist.training.checkpoint import load_state, save_state

CHECKPOINT = "checkpoint.safetensors"


class Training(Protocol):
    """What a method hands to the loop.

    All random draws of a step come from the step's number, so a training that was
    stopped and goes on takes the same steps as one that was not.
    """

    def step(self, number: int) -> Mapping[str, float]:
        """Take step ``number`` (0, 1, 2, …) and return its losses."""

    def state(self) -> dict[str, Any]:
        """Return all that `restore` needs: weights, optimisers, pools."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""

    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return pictures that show what the networks do now."""


def train(
    training: Training,
    stage: str,
    folder: Path,
    steps: int,
    stop: StopFlag,
    report_every: int = 10,
    sample_every: int = 200,
    checkpoint_seconds: float = 60.0,
) -> Work[None]:
    """Train to the last step, from the checkpoint in the folder if there is one.

    Parameters
    ----------
    training : Training
    stage : str
        Name under which events are told.
    folder : Path
        Receives ``checkpoint.safetensors``, ``losses.csv`` and ``samples/*.png``.
    steps : int
        Number of steps in all.
    stop : StopFlag
        Read after each step.
    report_every, sample_every : int
        Steps between scalars and between sample images.
    checkpoint_seconds : float
        Time between checkpoints; there is one after the last step too.

    Raises
    ------
    Stopped
        When asked to stop; a checkpoint was written.
    AsistError
        When a loss is no longer a number; the last checkpoint stays.
    """
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    checkpoint = folder / CHECKPOINT
    first = _resume(training, checkpoint)
    losses = _LossFile(folder / "losses.csv", first)
    started = saved = time.monotonic()
    yield Started(stage, steps, "steps", first)
    for number in range(first, steps):
        values = training.step(number)
        _check_finite(values, stage, number)
        losses.add(values)
        done = number + 1
        yield Progress(stage, done, steps)
        if done % report_every == 0 or done == steps:
            yield Scalars(stage, done, losses.report(done))
        if done % sample_every == 0 or done == steps:
            yield from _sample(training, stage, folder, done)
        is_due = time.monotonic() - saved > checkpoint_seconds
        # The last step too: what follows may be killed as well.
        if stop.is_set or is_due or done == steps:
            save_state(checkpoint, training.state(), step=done)
            yield CheckpointWritten(stage, done, str(checkpoint))
            saved = time.monotonic()
        if stop.is_set and done < steps:
            raise Stopped(f"Stopped after step {done}; run the same command to go on.")
    yield Finished(stage, time.monotonic() - started)


def _resume(training: Training, checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    state, metadata = load_state(checkpoint)
    try:
        training.restore(state)
    except (KeyError, RuntimeError, ValueError) as error:
        raise AsistError(
            f"{checkpoint}: made with other settings or by another version; delete it "
            "to train from the beginning."
        ) from error
    return int(metadata["step"])


def _check_finite(values: Mapping[str, float], stage: str, number: int) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise AsistError(
                f"{stage}: the loss {name} is {value} at step {number}; the last "
                "checkpoint is kept: lower the learning rate and run again."
            )


def _sample(training: Training, stage: str, folder: Path, step: int) -> Work[None]:
    for name, image in training.samples().items():
        imsave(
            folder / "samples" / f"{name}_{step:06d}.png", image, check_contrast=False
        )
        event: Event = SampleImage(stage, step, name, image)
        yield event


class _LossFile:
    """``losses.csv``: one row per report, each the mean of the steps since the last."""

    def __init__(self, path: Path, first_step: int) -> None:
        self._path = path
        self._sums: dict[str, float] = {}
        self._count = 0
        if path.exists():
            self._drop_rows_after(first_step)

    def _drop_rows_after(self, step: int) -> None:
        header, *rows = self._path.read_text().splitlines() or [""]
        kept = [row for row in rows if int(row.split(",")[0]) <= step]
        self._path.write_text("".join(f"{row}\n" for row in [header, *kept] if row))

    def add(self, values: Mapping[str, float]) -> None:
        self._count += 1
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def report(self, step: int) -> dict[str, float]:
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        is_new = not self._path.exists() or not self._path.stat().st_size
        with self._path.open("a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(["step", *means])
            writer.writerow([step, *(f"{value:.6g}" for value in means.values())])
        return means
