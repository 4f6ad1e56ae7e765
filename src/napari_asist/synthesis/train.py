"""Training of the synthesis stage: the main generators and the mask generator."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.events import Note, StopFlag, Work
from napari_asist.labels import LabelVideo
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.crops import CropSource
from napari_asist.synthesis.cyclegan import CycleGAN
from napari_asist.synthesis.encode import encode, object_levels
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import save_state
from napari_asist.training.device import choose_device
from napari_asist.training.loop import train

STAGE = "synthesize"
WEIGHTS = "generators.safetensors"


def train_synthesis(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    annotations: Sequence[LabelVideo],
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    settings: SynthesisSettings,
    folder: Path,
    seed: int,
    stop: StopFlag,
) -> Work[None]:
    """Train both CycleGANs of the method; goes on where it was stopped.

    The main one learns from blurred annotations and gives generator B. The mask
    generator A* comes from a second, shorter one without blur (section III-C of the
    paper), which draws sharp masks.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Raw frames of the microscope videos, numpy or dask.
    annotations : sequence of LabelVideo
        Simulated; they need not resemble any frame.
    simulator : SimulatorSettings
        The settings that made the annotations.
    scaling : IntensityScaling
    settings : SynthesisSettings
    folder : Path
        Receives ``generators.safetensors`` and the folders ``main`` and ``mask``
        with checkpoints, losses and sample images.
    seed : int
    stop : StopFlag
    """
    count = min(settings.frames, len(frames))
    yield Note(STAGE, f"Scaling {count} frames.")
    images = CropSource(_scaled(frames, scaling, count), settings.patch)
    mask_settings = settings.changed(blur=0)
    trained = {}
    for name, stage_settings, steps in (
        ("main", settings, settings.steps),
        ("mask", mask_settings, settings.mask_steps),
    ):
        yield Note(STAGE, f"Drawing {sum(map(len, annotations))} annotation frames.")
        drawn = CropSource(
            _drawn(annotations, simulator, scaling, stage_settings, seed),
            settings.patch,
        )
        device = choose_device(settings.device)
        gan = CycleGAN(images, drawn, stage_settings, steps, seed, device)
        yield from train(
            gan,
            f"synthesis ({name})",
            folder / name,
            steps,
            stop,
            checkpoint_seconds=60 * settings.checkpoint_minutes,
        )
        trained[name] = gan.networks
    weights = {
        "generator_a": trained["main"]["generator_a"].state_dict(),
        "generator_b": trained["main"]["generator_b"].state_dict(),
        "mask_generator": trained["mask"]["generator_a"].state_dict(),
    }
    save_state(folder / WEIGHTS, weights, settings=settings.model_dump())


def _scaled(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    scaling: IntensityScaling,
    count: int,
) -> list[NDArray[np.float32]]:
    times = np.unique(np.linspace(0, len(frames) - 1, count).round().astype(int))
    return [scaling.apply(np.asarray(frames[int(time)])) for time in times]


def _drawn(
    annotations: Sequence[LabelVideo],
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    settings: SynthesisSettings,
    seed: int,
) -> list[NDArray[np.float32]]:
    drawn = []
    for number, video in enumerate(annotations):
        rng = np.random.default_rng((seed, number))
        levels = object_levels(video, simulator, scaling, settings.encoding, rng)
        drawn += [encode(frame, levels, settings.blur) for frame in video.labels]
    return drawn
