"""Training of the embedding stage."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from napari_asist.embedding.clips import Clip, ClipSource
from napari_asist.embedding.loss import background_loss, embedding_loss
from napari_asist.embedding.network import RSHN
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.events import Note, StopFlag, Work
from napari_asist.labels import LabelVideo
from napari_asist.training.checkpoint import (
    optimizer_state,
    restore_optimizer,
    save_state,
)
from napari_asist.training.device import choose_device
from napari_asist.training.loop import train

STAGE = "embedding"
MODEL = "model.safetensors"


def train_embedding(
    videos: Sequence[tuple[NDArray[np.float32], LabelVideo]],
    settings: EmbeddingSettings,
    folder: Path,
    seed: int,
    stop: StopFlag,
    use: Mapping[str, Any] | None = None,
) -> Work[None]:
    """Train the RSHN on synthetic videos; goes on where it was stopped.

    Parameters
    ----------
    videos : sequence of (ndarray of float32 (T, Y, X), LabelVideo)
        Frames from -1 to 1 and their labels.
    settings : EmbeddingSettings
    folder : Path
        Receives ``model.safetensors``, checkpoint, losses and sample images.
    seed : int
    stop : StopFlag
    use : mapping, optional
        Plain data kept with the model: the settings with which it is to be used.
    """
    count = sum(len(images) for images, _ in videos)
    yield Note(STAGE, f"Preparing {count} training frames.")
    clips = ClipSource(videos, settings)
    training = EmbeddingTraining(clips, settings, seed)
    yield from train(training, STAGE, folder, settings.steps, stop)
    save_model(folder / MODEL, training.network, settings, use)


def save_model(
    path: Path,
    network: RSHN,
    settings: EmbeddingSettings,
    use: Mapping[str, Any] | None = None,
) -> None:
    """Write a trained network, the settings it was built with, and those of its use."""
    save_state(
        path,
        {"network": network.state_dict()},
        settings=settings.model_dump(),
        use=dict(use or {}),
    )


def build_network(settings: EmbeddingSettings) -> RSHN:
    """Return a network of the settings' sizes with fresh weights."""
    return RSHN(
        settings.hourglasses,
        settings.channels,
        settings.levels,
        settings.dimensions,
    )


class EmbeddingTraining:
    """The RSHN and how it learns.

    Parameters
    ----------
    clips : ClipSource
    settings : EmbeddingSettings
    seed : int
    """

    def __init__(
        self, clips: ClipSource, settings: EmbeddingSettings, seed: int
    ) -> None:
        self._clips, self._settings, self._seed = clips, settings, seed
        self._device = choose_device(settings.device)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = build_network(settings).to(self._device)
        kernels = [weight for weight in self.network.parameters() if weight.ndim == 4]
        biases = [weight for weight in self.network.parameters() if weight.ndim != 4]
        groups: list[dict[str, Any]] = [
            {"params": kernels, "weight_decay": settings.weight_decay},
            {"params": biases},
        ]
        self._adam = torch.optim.Adam(groups, settings.learning_rate, fused=True)

    def step(self, number: int) -> Mapping[str, float]:
        """Train on one batch of clips.

        Parameters
        ----------
        number : int
            Number of the step; decides the clips and the learning rate.

        Returns
        -------
        dict of str to float
            The losses.
        """
        rng = np.random.default_rng((self._seed, number))
        for group in self._adam.param_groups:
            group["lr"] = self._learning_rate(number)
        clips = [self._clips.clip(rng) for _ in range(self._settings.batch)]
        images = torch.stack([clip.images for clip in clips], dim=1)[:, :, None]
        outputs = self.network(images.to(self._device))
        apart = images.new_zeros((), device=self._device)
        background = apart
        for output in outputs:
            for place, clip in enumerate(clips):
                own, behind = self._losses(output[:, place], clip)
                apart = apart + own / len(clips)
                background = background + behind / len(clips)
        self._adam.zero_grad()
        (apart + background).backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        return {
            "embedding": apart.item() / len(outputs),
            "background": background.item() / len(outputs),
        }

    def _losses(self, output: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
        """Return embedding and background loss of one clip's output (T, D, Y, X)."""
        pixels = output.permute(0, 2, 3, 1).flatten(0, 2)
        labels = clip.labels.to(self._device).flatten()
        own = embedding_loss(
            pixels,
            labels,
            clip.neighbours.to(self._device),
            self._settings.pull,
            self._settings.push_weight,
        )
        return own, background_loss(pixels, labels, self._settings.balanced_background)

    def _learning_rate(self, number: int) -> float:
        done = number / self._settings.steps
        if self._settings.schedule == "step":
            return self._settings.learning_rate * (1.0 if done < 0.5 else 0.1)
        return self._settings.learning_rate * 0.5 * (1 + float(np.cos(np.pi * done)))

    def state(self) -> dict[str, Any]:
        """Return weights and optimiser."""
        return {
            "network": self.network.state_dict(),
            "adam": optimizer_state(self._adam),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.network.load_state_dict(state["network"])
        restore_optimizer(self._adam, state["adam"])

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two frames of a clip above their embeddings' colours."""
        clip = self._clips.clip(np.random.default_rng(self._seed))
        output = self.network(clip.images[:, None, None].to(self._device))[-1][:, 0]
        grey = clip.images[:, None].expand(-1, 3, -1, -1)
        colours = embedding_colours(output.cpu())
        pairs = torch.cat([grey.clamp(-1, 1), colours], dim=2)[[0, -1]]
        picture: Tensor = (torch.cat(list(pairs), dim=2) + 1) * 127.5
        return {"clip": picture.permute(1, 2, 0).round().to(torch.uint8).numpy()}


def embedding_colours(embedding: Tensor) -> Tensor:
    """Show embeddings (T, D, Y, X) as colours (T, 3, Y, X) from -1 to 1.

    The background's axis is left out; the others are projected at random.
    """
    unit = normalize(embedding, dim=1)[:, 1:]
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(3, unit.shape[1], generator=generator)
    return torch.einsum("tdyx,cd->tcyx", unit, normalize(axes, dim=1)).clamp(-1, 1)
