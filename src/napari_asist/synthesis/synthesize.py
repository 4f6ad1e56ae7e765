"""Turn an annotation video into a synthetic video and its masks."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from skimage.morphology import remove_small_objects
from torch import Tensor

from napari_asist.events import Progress, Started, Work
from napari_asist.labels import LabelVideo
from napari_asist.mapped import each_frame
from napari_asist.microscope.render import frame_noise
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.encode import encode, mask_level, object_levels
from napari_asist.synthesis.engines.networks import (
    Generator,
    build_generator,
    translate,
)
from napari_asist.synthesis.engines.renderer import render_synthetic
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.synthesis.synthetic_video import SyntheticVideo, empty_synthetic
from napari_asist.synthesis.train import STAGE, WEIGHTS
from napari_asist.training.checkpoint import load_state, load_weights
from napari_asist.training.device import choose_device
from napari_asist.training.heeding import heed_stops

SMALLEST_COMPONENT = 20


def synthesize_video(
    annotation: LabelVideo,
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    settings: SynthesisSettings,
    folder: Path,
    seed: int,
    scratch: Path | None = None,
) -> Work[SyntheticVideo]:
    """Draw a synthetic video with the settings' engine.

    Generator B draws the frames, and generator A* their masks; the renderer draws
    frames, and labels that fit them.

    Parameters
    ----------
    annotation : LabelVideo
    simulator : SimulatorSettings
        The settings that made the annotation.
    scaling : IntensityScaling
    settings : SynthesisSettings
    folder : Path
        Where `train_synthesis` wrote its weights or its microscope.
    seed : int
        Determines the objects' brightness.
    scratch : Path, optional
        Folder for the frames and masks, which are then files; see
        `napari_asist.mapped`. By default, they are in memory.

    Returns
    -------
    SyntheticVideo
    """
    if settings.engine == "renderer":
        return (
            yield from render_synthetic(
                annotation, simulator, scaling, folder, seed, scratch
            )
        )
    device = choose_device(settings.device)
    generators = load_generators(folder / WEIGHTS, device)
    rng = np.random.default_rng(seed)
    levels = object_levels(annotation, simulator, scaling, settings.encoding, rng)
    level = mask_level(settings.encoding)
    video = empty_synthetic(annotation, scratch)
    yield Started(STAGE, len(annotation))
    for time, labels in enumerate(each_frame(annotation.labels)):
        noise = frame_noise(seed, time)
        image = draw_frame(
            generators["generator_b"], labels, levels[time], settings, noise, device
        )
        mask = translate(generators["mask_generator"], image)
        video.images[time] = image.cpu().numpy()
        video.masks[time] = clean_mask(mask.cpu().numpy() > level)
        video.release()
        yield Progress(STAGE, time + 1, len(annotation))
    return video


def draw_frame(
    generator: Generator,
    labels: NDArray[np.unsignedinteger],
    levels: NDArray[np.float32],
    settings: SynthesisSettings,
    rng: np.random.Generator,
    device: torch.device,
) -> Tensor:
    """Draw one synthetic frame of an annotation.

    Parameters
    ----------
    generator : Generator
        Generator B.
    labels : ndarray of unsigned int, shape (Y, X)
    levels : ndarray of float32, shape (largest label + 1,)
        One frame of `object_levels`.
    settings : SynthesisSettings
    rng : Generator
        Draws one normal number per pixel.
    device : torch.device

    Returns
    -------
    Tensor, shape (Y, X)
        -1 to 1, on the device.
    """
    drawn = encode(labels, levels, settings.blur, settings.profile)
    drawn += settings.noise * rng.standard_normal(drawn.shape, np.float32)
    return translate(generator, torch.from_numpy(drawn).to(device))


def load_generators(path: Path, device: torch.device) -> dict[str, Generator]:
    """Load generator A (if the engine has one), B and the mask generator A*.

    Returns
    -------
    dict of str to Generator
        By the names ``generator_a``, ``generator_b`` and ``mask_generator``.
    """
    state, metadata = load_state(path)
    settings = SynthesisSettings.model_validate(metadata["settings"])
    generators: dict[str, Generator] = {}
    for name, weights in state.items():
        generator = build_generator(settings)
        load_weights(generator, weights, path)
        heed_stops(generator)
        generators[name] = generator.to(device).eval()
    return generators


def clean_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes and remove specks below `SMALLEST_COMPONENT` pixels, shape (Y, X)."""
    filled = binary_fill_holes(mask)
    cleaned: NDArray[np.bool_] = remove_small_objects(
        filled, max_size=SMALLEST_COMPONENT - 1
    )
    return cleaned
