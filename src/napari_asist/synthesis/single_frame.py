"""Draw single synthetic frames, to view before a whole video is made."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import frame_noise, rendered_frames
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.encode import object_levels
from napari_asist.synthesis.engines.networks import Generator, build_generator
from napari_asist.synthesis.engines.renderer import MICROSCOPE, load_renderer
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.synthesis.synthesize import draw_frame
from napari_asist.training.checkpoint import load_state, load_weights
from napari_asist.training.device import choose_device
from napari_asist.training.loop import CHECKPOINT

GENERATOR = "generator_b"


@dataclass(frozen=True)
class FrameEngine:
    """Draws one frame of an annotation at a time, without writing to disk.

    Parameters
    ----------
    settings : SynthesisSettings
    scaling : IntensityScaling
    seed : int
        As for `synthesize_video`.
    drawer : Generator or MicroscopeSettings
        Generator B, or the fitted microscope.
    device : torch.device
        Device of generator B.
    """

    settings: SynthesisSettings
    scaling: IntensityScaling
    seed: int
    drawer: Generator | MicroscopeSettings
    device: torch.device

    def draw(
        self, annotation: LabelVideo, simulator: SimulatorSettings, time: int
    ) -> NDArray[np.float32]:
        """Draw the same frame as `synthesize_video`, without drawing those before it.

        Parameters
        ----------
        annotation : LabelVideo
        simulator : SimulatorSettings
            The settings that made the annotation.
        time : int

        Returns
        -------
        ndarray of float32, shape (Y, X)
            -1 to 1.
        """
        if isinstance(self.drawer, MicroscopeSettings):
            frames = rendered_frames(annotation, self.drawer, self.seed, time)
            return self.scaling.apply(next(frames))
        settings, rng = self.settings, np.random.default_rng(self.seed)
        labels = annotation.labels[time]
        levels = object_levels(
            annotation, simulator, self.scaling, settings.encoding, rng
        )
        noise = frame_noise(self.seed, time)
        drawn = draw_frame(
            self.drawer, labels, levels[time], settings, noise, self.device
        )
        return np.asarray(drawn.cpu())


def load_engine(
    path: Path, settings: SynthesisSettings, scaling: IntensityScaling, seed: int
) -> FrameEngine:
    """Load an engine for synthetic frames, even while it is being trained.

    Parameters
    ----------
    path : Path
        ``generators.safetensors``, ``main/checkpoint.safetensors`` or
        ``microscope.json`` in the folder of `train_synthesis`.
    settings : SynthesisSettings
        Settings of its training.
    scaling : IntensityScaling
    seed : int

    Raises
    ------
    AsistError
        If the file cannot be read, or contains another architecture.
    """
    device = choose_device(settings.device)
    if path.name == MICROSCOPE:
        microscope = load_renderer(path.parent)
        return FrameEngine(settings, scaling, seed, microscope, device)
    state, _ = load_state(path)
    if path.name == CHECKPOINT:
        prefix = f"{GENERATOR}."
        weights = {
            name.removeprefix(prefix): value
            for name, value in state["networks"].items()
            if name.startswith(prefix)
        }
    else:
        weights = state[GENERATOR]
    generator = build_generator(settings)
    load_weights(generator, weights, path)
    return FrameEngine(settings, scaling, seed, generator.to(device).eval(), device)
