"""Pausing: the device is free for others until training is resumed."""

import time
from typing import TYPE_CHECKING

import torch

from napari_asist.errors import AsistError
from napari_asist.events import Paused, Resumed, StopFlag, Work
from napari_asist.training.memory import is_out_of_memory
from napari_asist.training.ranks import ranks

if TYPE_CHECKING:
    from napari_asist.training.loop import Training

LOOK_SECONDS = 0.1


def pause(training: "Training", stage: str, step: int, stop: StopFlag) -> Work[None]:
    """Free the device and wait until the flag asks to go on or to stop.

    Parameters
    ----------
    training : Training
        Its checkpoint is written.
    stage : str
    step : int
        Steps done.
    stop : StopFlag

    Raises
    ------
    AsistError
        When another program has taken the device's memory meanwhile.
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
        # Not a lock that the flag opens: a signal's handler, which interrupts this
        # very thread, could not open it.
        time.sleep(LOOK_SECONDS)
    try:
        training.move(device)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise AsistError(
            f"{stage}: {device} has no memory left to resume in; the checkpoint is "
            "kept: free the device and run the same command again."
        ) from error
    yield Resumed(stage, step)
