"""A trained depth network as a function from frames to maps."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch.nn.functional import pad

from napari_asist.depth.network import OFFSET_UNIT, DepthNetwork, Output
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.train import MODEL, build_network
from napari_asist.errors import AsistError
from napari_asist.scaling import IntensityScaling, subtract_background
from napari_asist.training.checkpoint import load_state, load_weights
from napari_asist.training.device import choose_device
from napari_asist.training.precision import Precision


@dataclass(frozen=True, eq=False)
class Maps:
    """What a network says of one frame, at the network's scale.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Logits; an object where they are above 0.
    depth : ndarray of float32, shape (ceil(Y / 2), ceil(X / 2))
        Distance to the object's border over its maximum in the object, at half the
        resolution.
    offset : ndarray of float32, shape (2, ceil(Y / 2), ceil(X / 2))
        From each pixel to the center (y, x) of its object, or of its mother, in the
        frame before; in px of the network's scale.
    signal : ndarray of float32, shape (Y, X)
        Intensity over the local background, in deviations of the background's noise.

    Raises
    ------
    AsistError
        The shapes do not fit together.
    """

    foreground: NDArray[np.float32]
    depth: NDArray[np.float32]
    offset: NDArray[np.float32]
    signal: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check the shapes."""
        height, width = self.foreground.shape
        half = ((height + 1) // 2, (width + 1) // 2)
        expected = [(height, width), half, (2, *half), (height, width)]
        shapes = [self.foreground.shape, self.depth.shape]
        shapes += [self.offset.shape, self.signal.shape]
        if shapes != expected:
            raise AsistError(
                "The maps of a frame (foreground, depth, offset, signal) have the "
                f"shapes {expected}, not {shapes}."
            )


@dataclass(frozen=True, eq=False)
class DepthModel:
    """A trained depth network.

    Parameters
    ----------
    network : DepthNetwork
        On its device, ready for use.
    settings : DepthSettings
    device : torch.device
    """

    network: DepthNetwork
    settings: DepthSettings
    device: torch.device

    def maps(
        self, frames: NDArray[np.generic], scaling: IntensityScaling
    ) -> Iterator[Maps]:
        """Yield the maps of a video, frame by frame.

        Parameters
        ----------
        frames : array, shape (T, Y, X)
            Raw intensities at the standard scale, numpy or lazy; each is read once.
        scaling : IntensityScaling
            Applied frame by frame.

        Yields
        ------
        Maps
        """
        context, last = self.settings.context, len(frames) - 1
        scaled: dict[int, NDArray[np.float32]] = {}
        signals: dict[int, NDArray[np.float32]] = {}
        for time in range(len(frames)):
            for ahead in range(max(0, time - context), min(time + context, last) + 1):
                if ahead not in scaled:
                    counts = subtract_background(
                        np.asarray(frames[ahead]), scaling.background_window
                    )
                    scaled[ahead] = scaling.of_signal(counts)
                    signals[ahead] = counts / np.float32(scaling.deviation)
            for old in [number for number in scaled if number < time - context]:
                del scaled[old]
            times = np.clip(np.arange(time - context, time + context + 1), 0, last)
            clip = np.stack([scaled[number] for number in times.tolist()])
            yield self._of_clip(clip, signals.pop(time))

    @torch.inference_mode()
    def _of_clip(self, clip: NDArray[np.float32], signal: NDArray[np.float32]) -> Maps:
        height, width = signal.shape
        images = _mirrored(torch.from_numpy(clip)[None], self.settings.divisor)
        images = images.to(self.device).contiguous(memory_format=torch.channels_last)
        with Precision(self.settings.precision, self.device, True).autocast():
            found = self.network(images)
        output = Output(*(part[0].float().cpu() for part in found))
        rows, columns = -(-height // 2), -(-width // 2)
        return Maps(
            output.foreground[0, :height, :width].numpy(),
            output.depth[0, :rows, :columns].clamp(0, 1).numpy(),
            (OFFSET_UNIT * output.offset[:, :rows, :columns]).numpy(),
            signal,
        )


def load_depth_model(model: Path, device: str = "auto") -> DepthModel:
    """Load a trained depth network.

    Parameters
    ----------
    model : Path
        A ``model.safetensors`` file, or a folder that holds one.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises
    ------
    AsistError
        There is no such file, or it holds another network.
    """
    model = model / MODEL if model.is_dir() else model
    state, metadata = load_state(model)
    if "depth" not in state:
        raise AsistError(f"{model}: holds no depth network; give a model.safetensors.")
    settings = _settings(metadata, model)
    network = build_network(settings)
    load_weights(network, state["depth"], model)
    chosen = choose_device(device)
    return DepthModel(network.moved_to(chosen).eval(), settings, chosen)


def _settings(metadata: dict[str, Any], model: Path) -> DepthSettings:
    try:
        return DepthSettings.model_validate(metadata.get("settings"))
    except ValidationError as error:
        raise AsistError(
            f"{model}: made by another version of napari-asist; train it again."
        ) from error


def _mirrored(clip: torch.Tensor, multiple: int) -> torch.Tensor:
    """Mirror clips (N, T, Y, X) at their ends up to multiples."""
    height, width = clip.shape[2:]
    # Mirroring needs more pixels than it adds; tiny frames repeat their edge.
    mode = "reflect" if min(height, width) > multiple else "replicate"
    return pad(clip, (0, -width % multiple, 0, -height % multiple), mode=mode)
