"""Use a trained depth network as a function from frames to maps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch.nn.functional import pad

from napari_asist.cores import usable_cores
from napari_asist.depth.network import FACTOR, OFFSET_UNIT, DepthNetwork, Output
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.train import MODEL, build_network
from napari_asist.errors import AsistError
from napari_asist.events import each_unless_stopped
from napari_asist.scaling import IntensityScaling, subtract_background
from napari_asist.threads import computed_ahead, frame_of
from napari_asist.training.checkpoint import load_state, load_weights
from napari_asist.training.device import choose_device
from napari_asist.training.heeding import heed_stops
from napari_asist.training.precision import Precision

ScaledFrame: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]
"""A frame on the networks' scale, and its `Maps.signal`, both of shape (Y, X)."""

LARGEST = 2048
"""Side of the largest part of a frame processed by the network at once, in px."""


@dataclass(frozen=True, eq=False)
class Maps:
    """Output of a network for one frame, at the network's scale.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Logits; above 0 inside objects.
    depth : ndarray of float32, shape (ceil(Y / 2), ceil(X / 2))
        Distance to the object's border, relative to its maximum in the object, at half
        the resolution.
    offset : ndarray of float32, shape (2, ceil(Y / 2), ceil(X / 2))
        From each pixel to the center (y, x) of its object, or of its mother, in the
        previous frame; in px of the network's scale.
    signal : ndarray of float32, shape (Y, X)
        Intensity over the local background, in standard deviations of the background's
        noise.

    Raises
    ------
    AsistError
        If the shapes do not match.
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
                "The maps of a frame (foreground, depth, offset, signal) must have "
                f"the shapes {expected}, not {shapes}."
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
            Raw intensities at the standard scale, numpy or lazy; each frame is read
            once.
        scaling : IntensityScaling
            Applied frame by frame.

        Yields
        ------
        Maps
        """

        def read(time: int) -> ScaledFrame:
            frame = frame_of(frames, time)
            counts = subtract_background(frame, scaling.background_window)
            return scaling.of_signal(counts), counts / np.float32(scaling.deviation)

        return self._maps(len(frames), read)

    def maps_of_scaled(
        self, images: NDArray[np.float32], scaling: IntensityScaling
    ) -> Iterator[Maps]:
        """Yield the maps of a synthetic video, frame by frame.

        Parameters
        ----------
        images : ndarray of float32, shape (T, Y, X)
            On the networks' scale.
        scaling : IntensityScaling
            The scaling of the images.

        Yields
        ------
        Maps
        """

        def read(time: int) -> ScaledFrame:
            counts = scaling.to_counts(images[time])
            return images[time], counts / np.float32(scaling.deviation)

        return self._maps(len(images), read)

    def _maps(
        self,
        count: int,
        read: Callable[[int], ScaledFrame],
    ) -> Iterator[Maps]:
        context = self.settings.context
        read_in_order = computed_ahead(read, range(count), workers=1)
        frames: dict[int, ScaledFrame] = {}
        for time in range(count):
            times = np.arange(time - context, time + context + 1).clip(0, count - 1)
            for number in [number for number in frames if number < times[0]]:
                del frames[number]
            for number in times.tolist():
                if number not in frames:
                    frames[number] = next(read_in_order)
            clip = np.stack([frames[number][0] for number in times.tolist()])
            yield self._of_clip(clip, frames[time][1])

    @torch.inference_mode()
    def _of_clip(self, clip: NDArray[np.float32], signal: NDArray[np.float32]) -> Maps:
        height, width = signal.shape
        images = _mirrored(torch.from_numpy(clip)[None], self.settings.divisor)
        output = self._predicted(images)
        rows, columns = -(-height // 2), -(-width // 2)
        return Maps(
            output.foreground[0, :height, :width].numpy(),
            output.depth[0, :rows, :columns].clamp(0, 1).numpy(),
            (OFFSET_UNIT * output.offset[:, :rows, :columns]).numpy(),
            signal,
        )

    def _predicted(self, images: torch.Tensor) -> Output:
        """Apply the network, to very large frames part by part.

        Parts overlap by the network's receptive field and are aligned with its coarsest
        pixels, so that the result is the same as for the whole frame.
        """
        height, width = images.shape[2:]
        if height * width <= LARGEST**2:
            return self._of_part(images)
        whole = Output(
            torch.empty(1, height, width),
            torch.empty(1, height // FACTOR, width // FACTOR),
            torch.empty(2, height // FACTOR, width // FACTOR),
        )
        multiple = self.settings.divisor
        reach = -(-self.network.reach // multiple) * multiple
        rows, columns = (_parts(side, reach, multiple) for side in (height, width))
        parts = product(rows, columns)
        for (top, inner_rows), (left, inner_columns) in each_unless_stopped(parts):
            found = self._of_part(
                images[:, :, top.start : top.stop, left.start : left.stop]
            )
            for target, part in zip(whole, found, strict=True):
                step = width // target.shape[2]
                into = _moved(inner_rows, 0, step), _moved(inner_columns, 0, step)
                out = (
                    _moved(inner_rows, top.start, step),
                    _moved(inner_columns, left.start, step),
                )
                target[:, *into] = part[:, *out]
        return whole

    def _of_part(self, images: torch.Tensor) -> Output:
        images = images.to(self.device).contiguous(memory_format=torch.channels_last)
        threads = torch.get_num_threads()
        try:
            if self.device.type == "cpu":
                # One core is left to those who read frames and separate objects.
                torch.set_num_threads(max(1, min(threads, usable_cores() - 1)))
            with Precision(self.settings.precision, self.device, True).autocast():
                found = self.network(images)
        finally:
            torch.set_num_threads(threads)
        return Output(*(part[0].float().cpu() for part in found))


def _moved(part: slice, origin: int, step: int) -> slice:
    """Return a range relative to another origin, in units of several px."""
    return slice((part.start - origin) // step, (part.stop - origin) // step)


def _parts(side: int, reach: int, multiple: int) -> list[tuple[slice, slice]]:
    """Divide a side into the network's input ranges and the ranges of output to keep.

    Parameters
    ----------
    side, reach, multiple : int
        In px; reach and side are multiples of ``multiple``.
    """
    step = max(LARGEST - 2 * reach, LARGEST // 4) // multiple * multiple
    inner = [slice(begin, min(begin + step, side)) for begin in range(0, side, step)]
    return [
        (slice(max(0, part.start - reach), min(side, part.stop + reach)), part)
        for part in inner
    ]


def load_depth_model(model: Path, device: str = "auto") -> DepthModel:
    """Load a trained depth network.

    Parameters
    ----------
    model : Path
        A ``model.safetensors`` file, or a folder that contains one.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises
    ------
    AsistError
        If there is no such file, or it contains another network.
    """
    model = model / MODEL if model.is_dir() else model
    state, metadata = load_state(model)
    if "depth" not in state:
        raise AsistError(
            f"{model}: contains no depth network; choose a model.safetensors."
        )
    settings = _settings(metadata, model)
    network = build_network(settings)
    load_weights(network, state["depth"], model)
    chosen = choose_device(device)
    network = network.moved_to(chosen).eval()
    heed_stops(network)
    return DepthModel(network, settings, chosen)


def _settings(metadata: dict[str, Any], model: Path) -> DepthSettings:
    try:
        return DepthSettings.model_validate(metadata.get("settings"))
    except ValidationError as error:
        raise AsistError(
            f"{model}: written by another version of napari-asist; train the network "
            "again."
        ) from error


def _mirrored(clip: torch.Tensor, multiple: int) -> torch.Tensor:
    """Mirror-pad clips (N, T, Y, X) at their ends to multiples."""
    height, width = clip.shape[2:]
    # Mirroring needs more pixels than it adds; tiny frames repeat their edge.
    mode = "reflect" if min(height, width) > multiple else "replicate"
    return pad(clip, (0, -width % multiple, 0, -height % multiple), mode=mode)
