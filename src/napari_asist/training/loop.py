"""The training loop shared by all networks, including its pause."""

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.io import imsave

from napari_asist.errors import AsistError
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
    StopFlag,
    Stopped,
    Work,
)
from napari_asist.training.checkpoint import is_finite, load_state, save_state
from napari_asist.training.losses import LossFile
from napari_asist.training.memory import OutOfMemory, is_out_of_memory
from napari_asist.training.ranks import ranks

LOOK_SECONDS = 0.1

CHECKPOINT = "checkpoint.safetensors"


class Training(Protocol):
    """What a method passes to the loop; `NetworkTraining` implements most of it.

    All random draws of a step depend only on its number, so a training that was stopped
    and resumed takes the same steps as an uninterrupted one.
    """

    @property
    def device(self) -> torch.device:
        """The device of the networks."""

    def step(self, number: int) -> Mapping[str, float]:
        """Take step ``number`` (0, 1, 2, …) and return its losses.

        Raises `OutOfMemory`, with nothing changed, if the step does not fit, and
        `Stopped`, with nothing changed, if it notices a request to stop.
        """

    def state(self) -> dict[str, Any]:
        """Return everything that `restore` needs: weights, optimizers, pools, sizes."""

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a state."""

    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return pictures of the networks' current output."""

    def shrink(self) -> str:
        """Reduce the memory that steps need and return how, or raise `OutOfMemory`."""

    def move(self, device: torch.device) -> None:
        """Move everything to another device and free this one."""

    def describe(self) -> str:
        """Return one sentence about the device and the precision."""

    def advice(self) -> str:
        """Return what to do if a loss is not finite."""


def train(
    training: Training,
    stage: str,
    folder: Path,
    steps: int,
    stop: StopFlag,
    report_every: int = 10,
    sample_every: int = 200,
    checkpoint_seconds: float = 60.0,
    at_checkpoint: Callable[[int], Work[None]] | None = None,
) -> Work[None]:
    """Train to the last step, resuming from the checkpoint in the folder if any.

    Under torchrun all ranks call it with trainings of the same settings; they take each
    step, pause and stop together, and only the first writes files.

    Parameters
    ----------
    training : Training
    stage : str
        Name of the stage in events.
    folder : Path
        Output folder for ``checkpoint.safetensors``, ``losses.csv`` and
        ``samples/*.png``.
    steps : int
        Total number of steps.
    stop : StopFlag
        Checked after each step; within a step, by networks that heed it.
    report_every, sample_every : int
        Steps between scalars and between sample images.
    checkpoint_seconds : float
        Time between checkpoints; there is also one after the last step.
    at_checkpoint : callable, optional
        Work for the first rank after each checkpoint, given its step.

    Raises
    ------
    Stopped
        If asked to stop; a checkpoint was written.
    AsistError
        A loss or weight is not finite, or memory is insufficient even for the smallest
        step; the last checkpoint is kept.
    """
    if ranks().is_first:
        (folder / "samples").mkdir(parents=True, exist_ok=True)
    first = _resume(training, folder / CHECKPOINT)
    # This is also a barrier: if nothing is left to do, the first rank soon moves the
    # folder.
    if set(ranks().gather(first)) != {first}:
        raise AsistError(
            f"{folder}: not all processes see the same checkpoint; choose a run folder "
            "on a disk that they share."
        )
    losses = LossFile(folder / "losses.csv", first)
    started = saved = time.monotonic()
    yield Started(stage, steps, "steps", first)
    yield Note(stage, training.describe())
    done = first
    while done < steps:
        try:
            values = training.step(done)
        except OutOfMemory:
            yield Note(stage, training.shrink())
            # Saved so that a training killed now does not have to repeat this.
            yield _save(training, stage, folder, done)
            continue
        except Stopped as error:  # amid a step, of which nothing was applied
            yield _save(training, stage, folder, done)
            raise _stopped_after(done) from error
        _check_finite(values, training, stage, done)
        losses.add(values)
        done += 1
        yield Progress(stage, done, steps)
        if done % report_every == 0 or done == steps:
            yield Scalars(stage, done, losses.report(done))
        if done % sample_every == 0 or done == steps:
            yield from _sample(training, stage, folder, done)
        is_due, is_paused, is_stopped = ranks().any(
            time.monotonic() - saved > checkpoint_seconds, stop.is_paused, stop.is_set
        )
        # Also after the last step, because the process may be killed during what
        # follows.
        if is_due or is_paused or is_stopped or done == steps:
            yield _save(training, stage, folder, done)
            # After a request to stop, the user is waiting.
            if at_checkpoint and ranks().is_first and not is_stopped:
                yield from at_checkpoint(done)
            saved = time.monotonic()
        if is_paused and not is_stopped and done < steps:
            yield from pause(training, stage, done, stop)
            (is_stopped,) = ranks().any(stop.is_set)
        if is_stopped and done < steps:
            raise _stopped_after(done)
    yield Finished(stage, time.monotonic() - started)


def _stopped_after(step: int) -> Stopped:
    return Stopped(f"Stopped after step {step}; run the same command again to resume.")


def pause(training: Training, stage: str, step: int, stop: StopFlag) -> Work[None]:
    """Free the device, and wait until training is resumed or stopped.

    Parameters
    ----------
    training : Training
        Its checkpoint has been written.
    stage : str
    step : int
        Steps done.
    stop : StopFlag

    Raises
    ------
    AsistError
        Another program has taken the device's memory in the meantime.
    """
    device = training.device
    training.move(torch.device("cpu"))
    yield Paused(stage, step)
    while True:
        is_stopped, is_paused = ranks().any(stop.is_set, stop.is_paused)
        if is_stopped:
            return
        if not is_paused:
            break
        # The flag cannot release a lock here, because a signal handler interrupts this
        # very thread.
        time.sleep(LOOK_SECONDS)
    try:
        training.move(device)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise AsistError(
            f"{stage}: {device} has no memory left to resume; the checkpoint is kept: "
            "free the device and run the same command again."
        ) from error
    yield Resumed(stage, step)


def _resume(training: Training, checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    state, metadata = load_state(checkpoint)
    try:
        training.restore(state)
        return int(metadata["step"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise AsistError(
            f"{checkpoint} was made with other settings or by another version; delete "
            "it to train from the beginning."
        ) from error


def _save(training: Training, stage: str, folder: Path, step: int) -> CheckpointWritten:
    state = training.state()
    # Finite losses do not prove that weights are finite, because they precede the last
    # update.
    if not is_finite(state):
        raise AsistError(
            f"{stage}: a weight is no longer finite after step {step}; the last "
            f"checkpoint is kept: {training.advice()}."
        )
    save_state(folder / CHECKPOINT, state, step=step)
    return CheckpointWritten(stage, step, str(folder / CHECKPOINT))


def _check_finite(
    values: Mapping[str, float], training: Training, stage: str, number: int
) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise AsistError(
                f"{stage}: the loss {name} is {value} at step {number}; the last "
                f"checkpoint is kept: {training.advice()}."
            )


def _sample(training: Training, stage: str, folder: Path, step: int) -> Work[None]:
    if not ranks().is_first:
        return
    try:
        samples = training.samples()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        samples = {}  # training should not stop because of a picture
    except Stopped:
        samples = {}  # the checkpoint comes next
    for name, image in samples.items():
        imsave(
            folder / "samples" / f"{name}_{step:06d}.png", image, check_contrast=False
        )
        event: Event = SampleImage(stage, step, name, image)
        yield event
