"""A CycleGAN of bright spots that trains in seconds."""

import numpy as np
import torch

from napari_asist.synthesis.engines.cyclegan import CycleGAN
from napari_asist.synthesis.engines.training_data import CropSource
from napari_asist.synthesis.settings import SynthesisSettings

TINY_GAN = SynthesisSettings(
    filters=4, blocks=1, discriminator_filters=4, patch=32, pool=2, device="cpu"
)


def spots(rng: np.random.Generator, level: float) -> np.ndarray:
    frame = np.full((48, 48), -1, np.float32)
    for y, x in rng.integers(4, 40, (4, 2)):
        frame[y : y + 8, x : x + 8] = level
    return frame


def tiny_gan(settings: SynthesisSettings = TINY_GAN, steps: int = 100) -> CycleGAN:
    rng = np.random.default_rng(0)
    images = CropSource([spots(rng, 0.2) for _ in range(3)], 32)
    annotations = CropSource([spots(rng, 1.0) for _ in range(3)], 32)
    return CycleGAN(images, annotations, settings, steps, 1, torch.device("cpu"))
