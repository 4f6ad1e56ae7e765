"""How long learning from a video will take on this computer."""

import time
from typing import TYPE_CHECKING

from napari_asist.resampling import scale_factor
from napari_asist.workflow.recipe import Recipe

if TYPE_CHECKING:
    from napari_asist.video import Video

TIMED_STEPS = 3
"""Steps after the first, which is slower."""

OTHER_STEPS = 600
"""Number of training steps that take as long as the stages before the training: the
fits, the report and its label videos."""

FORWARD_SHARE = 1 / 3
"""Part of a training step that applying the network takes; the rest computes and
applies the gradients."""

TRACKING = 1.8
"""Time for preparing, separating and linking, relative to applying the network."""


def learning_seconds(video: "Video", radius: float, recipe: Recipe) -> float | None:
    """Estimate how long all stages of a run take, by timing a few training steps.

    Parameters
    ----------
    video : Video
    radius : float
        Radius of a typical object, in px of the video.
    recipe : Recipe

    Returns
    -------
    float or None
        Seconds; None for networks whose training takes hours.
    """
    if recipe.engine != "depth" or recipe.synthesis.engine != "renderer":
        return None
    step = _seconds_of_a_step(recipe)
    settings = recipe.depth
    pixels = float(video.frames.size) * scale_factor(radius) ** 2
    frames_of_a_step = settings.batch * settings.patch**2
    tracked = TRACKING * FORWARD_SHARE * step * pixels / frames_of_a_step
    return step * (settings.total_steps + OTHER_STEPS) + tracked


def _seconds_of_a_step(recipe: Recipe) -> float:
    """Time the network on frames of noise, at the size of the training's batches."""
    import torch

    from napari_asist.cores import usable_cores
    from napari_asist.depth.train import build_network
    from napari_asist.training.device import choose_device

    settings = recipe.depth
    device = choose_device(settings.device)
    network = build_network(settings).moved_to(device)
    frames = 2 * settings.context + 1
    size = (settings.batch, frames, settings.patch, settings.patch)
    clip = torch.zeros(size, device=device)
    clip = clip.contiguous(memory_format=torch.channels_last)
    began = time.monotonic()
    threads = torch.get_num_threads()
    try:
        if device.type == "cpu":
            # Half of the cores draw scenes meanwhile.
            torch.set_num_threads(max(1, usable_cores() - max(1, usable_cores() // 2)))
        for number in range(TIMED_STEPS + 1):
            if number == 1:
                began = time.monotonic()
            output = network(clip)
            sum(part.float().mean() for part in output).backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
    finally:
        torch.set_num_threads(threads)
    return (time.monotonic() - began) / TIMED_STEPS
