"""Train the embedding network."""

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
from napari_asist.training.checkpoint import save_state
from napari_asist.training.device import choose_device
from napari_asist.training.loop import train
from napari_asist.training.memory import Sizes
from napari_asist.training.network_training import NetworkTraining
from napari_asist.training.prefetch import Prefetcher

STAGE = "embedding"
MODEL = "model.safetensors"
SMALLEST = 32
"""Shortest side of a training clip, in pixels."""


def train_embedding(
    videos: Sequence[tuple[NDArray[np.float32], LabelVideo]],
    settings: EmbeddingSettings,
    folder: Path,
    seed: int,
    stop: StopFlag,
    use: Mapping[str, Any] | None = None,
) -> Work[None]:
    """Train the RSHN on synthetic videos; resume where it was stopped.

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
        Plain data stored with the model: the settings for its use.
    """
    count = sum(len(images) for images, _ in videos)
    yield Note(STAGE, f"Preparing {count} training frames.")
    clips = ClipSource(videos, settings)
    training = EmbeddingTraining(clips, settings, seed)
    yield from train(
        training,
        STAGE,
        folder,
        settings.steps,
        stop,
        checkpoint_seconds=60 * settings.checkpoint_minutes,
    )
    save_model(folder / MODEL, training.network, settings, use)


def save_model(
    path: Path,
    network: RSHN,
    settings: EmbeddingSettings,
    use: Mapping[str, Any] | None = None,
) -> None:
    """Write a trained network with its settings and those for its use."""
    save_state(
        path,
        {"network": network.state_dict()},
        settings=settings.model_dump(),
        use=dict(use or {}),
    )


def build_network(settings: EmbeddingSettings) -> RSHN:
    """Return a network with the settings' sizes and new weights."""
    return RSHN(
        settings.hourglasses,
        settings.channels,
        settings.levels,
        settings.dimensions,
    )


class EmbeddingTraining(NetworkTraining):
    """The RSHN and its training step.

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
        device = choose_device(settings.device)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = build_network(settings).to(device)
        super().__init__(
            self.network,
            {"adam": self._adam(device)},
            settings,
            device,
            Sizes(settings.batch, settings.patch),
            settings.divisor,
            max(SMALLEST, settings.divisor),
        )
        self._embed = self.compiled(self.network)
        # If the networks run on the CPU too, another thread would slow them down.
        self._prefetcher = Prefetcher(self._clips_of, device.type != "cpu")

    def _adam(self, device: torch.device) -> torch.optim.Adam:
        kernels = [weight for weight in self.network.parameters() if weight.ndim == 4]
        biases = [weight for weight in self.network.parameters() if weight.ndim != 4]
        groups: list[dict[str, Any]] = [
            {"params": kernels, "weight_decay": self._settings.weight_decay},
            {"params": biases},
        ]
        fused = device.type in ("cpu", "cuda")
        return torch.optim.Adam(groups, self._settings.learning_rate, fused=fused)

    def gradients(self, number: int) -> Mapping[str, Tensor]:
        """Compute the gradients on one batch of clips."""
        clips = self._prefetcher.of(number)
        losses: dict[str, Tensor] = {}
        for first in range(0, len(clips), self.sizes.at_once):
            part = clips[first : first + self.sizes.at_once]
            new = self._part_losses(part, len(clips))
            self.backward(new["embedding"] + new["background"])
            for name, loss in new.items():
                losses[name] = losses.get(name, 0.0) + loss.detach()
        count = self._settings.hourglasses
        return {name: loss / count for name, loss in losses.items()}

    def _clips_of(self, number: int) -> list[Clip]:
        rngs = self.rngs(self._seed, number, self._settings.batch)
        return [self._clips.clip(rng) for rng in rngs]

    def _part_losses(self, clips: Sequence[Clip], batch: int) -> dict[str, Tensor]:
        """Return the contribution of some clips of a batch to its mean losses."""
        images = torch.stack([clip.images for clip in clips], dim=1)[:, :, None]
        with self.precision.autocast():
            outputs = self._embed(images.to(self.device))
        apart = images.new_zeros((), device=self.device)
        background = apart
        for output in outputs:
            for place, clip in enumerate(clips):
                own, behind = self._losses_of(output[:, place].float(), clip)
                apart = apart + own / batch
                background = background + behind / batch
        return {"embedding": apart, "background": background}

    def _losses_of(self, output: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
        """Return embedding and background loss of one clip's output (T, D, Y, X)."""
        pixels = output.permute(0, 2, 3, 1).flatten(0, 2)
        labels = clip.labels.to(self.device).flatten()
        own = embedding_loss(
            pixels,
            labels,
            clip.neighbors.to(self.device),
            self._settings.pull,
            self._settings.push_weight,
        )
        return own, background_loss(pixels, labels, self._settings.balanced_background)

    def learning_rate(self, number: int) -> float:
        """Return the learning rate according to the schedule."""
        done = number / self._settings.steps
        if self._settings.schedule == "step":
            return self._settings.learning_rate * (1.0 if done < 0.5 else 0.1)
        return self._settings.learning_rate * 0.5 * (1 + float(np.cos(np.pi * done)))

    def resized(self) -> None:
        """Draw clips with the new size."""
        self._prefetcher.forget()
        self._clips.side = self.sizes.patch

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return two frames of a clip above their embeddings' colors."""
        clip = self._clips.clip(np.random.default_rng(self._seed))
        output = self.network(clip.images[:, None, None].to(self.device))[-1][:, 0]
        gray = clip.images[:, None].expand(-1, 3, -1, -1)
        colors = embedding_colors(output.cpu())
        pairs = torch.cat([gray.clamp(-1, 1), colors], dim=2)[[0, -1]]
        picture: Tensor = (torch.cat(list(pairs), dim=2) + 1) * 127.5
        return {"clip": picture.permute(1, 2, 0).round().to(torch.uint8).numpy()}


def embedding_colors(embedding: Tensor) -> Tensor:
    """Show embeddings (T, D, Y, X) as colors (T, 3, Y, X) from -1 to 1.

    The background's axis is omitted; the others are projected randomly.
    """
    unit = normalize(embedding, dim=1)[:, 1:]
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(3, unit.shape[1], generator=generator)
    return torch.einsum("tdyx,cd->tcyx", unit, normalize(axes, dim=1)).clamp(-1, 1)
