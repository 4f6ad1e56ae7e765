"""Use a trained network as a function from clips to embeddings."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from napari_asist.embedding.clips import blurred
from napari_asist.embedding.network import RSHN, SMALLEST_NORM
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.embedding.train import MODEL, build_network
from napari_asist.errors import AsistError
from napari_asist.training.checkpoint import load_state, load_weights, save_state
from napari_asist.training.device import choose_device
from napari_asist.training.heeding import heed_stops

Embed = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Maps a clip (T, Y, X), scaled to about -1 to 1, to unit embeddings (T, D, Y, X)
whose first dimension is the background's direction."""


def load_embedder(model: Path, device: str = "auto") -> Embed:
    """Load a trained network.

    Parameters
    ----------
    model : Path
        A ``model.safetensors`` file, or a folder that contains one.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Returns
    -------
    callable
        Maps a clip (T, Y, X) of float32 from -1 to 1 to unit embeddings (T, D, Y, X)
        of float32.
    """
    model = model / MODEL if model.is_dir() else model
    state, metadata = _load(model)
    try:
        settings = EmbeddingSettings.model_validate(metadata.get("settings"))
    except ValidationError as error:
        raise AsistError(
            f"{model}: written by another version of napari-asist; train the network "
            "again."
        ) from error
    network = build_network(settings)
    load_weights(network, state["network"], model)
    return embedder(network, settings, choose_device(device))


def settings_of_use(model: Path) -> dict[str, Any]:
    """Return the settings for tracking stored in a model file, as plain data.

    Empty if the file stores none.
    """
    _, metadata = _load(model)
    use: dict[str, Any] = metadata.get("use", {})
    return use


def set_settings_of_use(model: Path, use: Mapping[str, Any]) -> None:
    """Replace the settings for tracking stored in a model file."""
    state, metadata = _load(model)
    save_state(model, state, **{**metadata, "use": dict(use)})


def _load(model: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    state, metadata = load_state(model)
    if "network" not in state:
        raise AsistError(
            f"{model}: contains no embedding network; choose a model.safetensors."
        )
    return state, metadata


def embedder(network: RSHN, settings: EmbeddingSettings, device: torch.device) -> Embed:
    """Return the function that embeds clips with a network.

    Frames are blurred, downsampled and mirror-padded to the size the network needs; the
    embeddings are returned at the frames' own size.
    """
    network = network.to(device).eval()
    # A window of frames takes many seconds on a CPU.
    heed_stops(network)
    factor = settings.downsampling

    @torch.inference_mode()
    def embed(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = clip.shape[1:]
        images = torch.from_numpy(blurred(clip, settings.blur))[:, None].to(device)
        images = _mirrored(images, settings.divisor)
        if factor > 1:
            images = avg_pool2d(images, factor)
        embedding: Tensor = network(images[:, None])[-1][:, 0]
        unit = _unit(embedding)
        if factor > 1:
            unit = interpolate(unit, scale_factor=float(factor), mode="bilinear")
            unit = _unit(unit)
        result: NDArray[np.float32] = unit[:, :, :height, :width].cpu().numpy()
        return result

    return embed


def _unit(embedding: Tensor) -> Tensor:
    """Normalize embeddings (T, D, Y, X) to length 1; twice as fast as `normalize`."""
    squared = (embedding * embedding).sum(1, keepdim=True)
    return embedding * squared.clamp_min(SMALLEST_NORM**2).rsqrt()


def _mirrored(images: Tensor, multiple: int) -> Tensor:
    """Mirror-pad frames (T, 1, Y, X) at their ends to multiples."""
    height, width = images.shape[2:]
    # Mirroring needs more pixels than it adds; tiny frames repeat their edge.
    mode = "reflect" if min(height, width) > multiple else "replicate"
    return pad(images, (0, -width % multiple, 0, -height % multiple), mode=mode)
