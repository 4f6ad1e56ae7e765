"""Train the depth network."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss

from napari_asist.cores import usable_cores
from napari_asist.depth.examples import Example, draw_example
from napari_asist.depth.network import DepthNetwork, Output
from napari_asist.depth.scenes import Scene
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.stream import SceneStream, span
from napari_asist.events import Note, StopFlag, Work
from napari_asist.training.checkpoint import load_state, load_weights, save_state
from napari_asist.training.device import choose_device
from napari_asist.training.loop import train
from napari_asist.training.memory import Sizes
from napari_asist.training.network_training import NetworkTraining

STAGE = "depth"
MODEL = "model.safetensors"
CLIPPED = 5.0
"""Norm to which gradients are clipped."""

GENTLE = 0.25
"""Learning rate from a ready-made model, relative to that from random weights."""

BETA = 0.1
"""Difference in depth above which its loss is linear."""

BACKGROUND_SHARE = 0.25
"""Weight of the background in the depth loss: most of a frame is background, which
is easy."""


def train_depth(
    draw: Callable[[int], Scene],
    settings: DepthSettings,
    folder: Path,
    seed: int,
    stop: StopFlag,
    use: Mapping[str, Any] | None = None,
    workers: int | None = None,
    start: Path | None = None,
) -> Work[None]:
    """Train the depth network on new scenes; resume where it was stopped.

    Parameters
    ----------
    draw : callable
        Returns a scene, given its number; pickled into the processes that draw.
    settings : DepthSettings
    folder : Path
        Receives ``model.safetensors``, checkpoint, losses and sample images.
    seed : int
    stop : StopFlag
    use : mapping, optional
        Plain data stored with the model: the settings for its use.
    workers : int, optional
        Number of processes that draw scenes; half of the cores by default. With 0, this
        process draws them.
    start : Path, optional
        Model with the initial weights; random ones if omitted.

    Raises
    ------
    AsistError
        The model is that of another network.
    """
    yield Note(STAGE, "Drawing the first scenes.")
    cores = usable_cores()
    workers = max(1, cores // 2) if workers is None else workers
    scenes = settings.scenes
    steps = settings.total_steps
    stream = SceneStream(draw, scenes.steps_each, scenes.kept, steps, workers)
    training = DepthTraining(stream, settings, seed, start)
    threads = torch.get_num_threads()
    began = time.monotonic()
    try:
        if training.device.type == "cpu":
            # More threads than cores would wait for each other.
            torch.set_num_threads(max(1, min(threads, cores - workers)))
        work = train(
            training,
            STAGE,
            folder,
            steps,
            stop,
            checkpoint_seconds=60 * settings.checkpoint_minutes,
        )
        yield from _with_trouble(work, stream)
    finally:
        torch.set_num_threads(threads)
        stream.close()
    share = stream.waited / max(time.monotonic() - began, 1e-9)
    yield Note(
        STAGE,
        f"The network waited for scenes {100 * share:.1f} % of the time.",
    )
    save_model(folder / MODEL, training.network, settings, use)


def first_unseen(settings: DepthSettings) -> int:
    """Return the number of the first scene that training never uses."""
    scenes = settings.scenes
    return span(settings.total_steps - 1, scenes.steps_each, scenes.kept).stop


def _with_trouble(work: Work[None], stream: SceneStream[Scene]) -> Work[None]:
    """Report once if the drawing processes have failed."""
    is_reported = False
    for event in work:
        yield event
        if stream.trouble and not is_reported:
            is_reported = True
            yield Note(STAGE, stream.trouble)


def save_model(
    path: Path,
    network: DepthNetwork,
    settings: DepthSettings,
    use: Mapping[str, Any] | None = None,
) -> None:
    """Write a trained network with its settings and those for its use."""
    save_state(
        path,
        {"depth": network.state_dict()},
        settings=settings.model_dump(mode="json"),
        use=dict(use or {}),
    )


def build_network(settings: DepthSettings) -> DepthNetwork:
    """Return a network with the settings' sizes and new weights."""
    return DepthNetwork(settings.channels, 2 * settings.context + 1)


class DepthTraining(NetworkTraining):
    """The depth network and its training step.

    Parameters
    ----------
    stream : SceneStream
    settings : DepthSettings
    seed : int
    start : Path, optional
        Model with the initial weights.
    """

    def __init__(
        self,
        stream: SceneStream[Scene],
        settings: DepthSettings,
        seed: int,
        start: Path | None = None,
    ) -> None:
        self._stream, self._settings, self._seed = stream, settings, seed
        self._shown: Scene | None = None
        self._largest_rate = settings.learning_rate * (1 if start is None else GENTLE)
        device = choose_device(settings.device)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = build_network(settings)
        if start is not None:
            load_weights(network, load_state(start)[0]["depth"], start)
        self.network = network.moved_to(device)
        optimizer = torch.optim.AdamW(
            self.network.parameters(),
            self._largest_rate,
            weight_decay=settings.weight_decay,
            fused=device.type in ("cpu", "cuda"),
        )
        super().__init__(
            self.network,
            {"adam": optimizer},
            settings,
            device,
            Sizes(settings.batch, settings.patch),
            settings.divisor,
            2 * settings.divisor,
            mixed_on_cpu=True,
        )
        self._outline = self.compiled(self.network)

    def gradients(self, number: int) -> Mapping[str, Tensor]:
        """Compute the gradients on one batch of examples."""
        examples = self._examples(number)
        losses: dict[str, Tensor] = {}
        for first in range(0, len(examples), self.sizes.at_once):
            part = examples[first : first + self.sizes.at_once]
            new = self._losses_of(part, len(part) / len(examples))
            self.backward(torch.stack(list(new.values())).sum())
            for name, loss in new.items():
                losses[name] = losses.get(name, 0.0) + loss.detach()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        return losses

    def _examples(self, number: int) -> list[Example]:
        scenes = self._stream.at(number)
        rngs = self.rngs(self._seed, number, self._settings.batch)
        return [
            draw_example(scenes, self.sizes.patch, self._settings, rng) for rng in rngs
        ]

    def _losses_of(
        self, examples: Sequence[Example], share: float
    ) -> dict[str, Tensor]:
        """Return the contribution of some examples of a batch to its mean losses."""
        clip = self._stacked([example.clip for example in examples])
        with self.precision.autocast():
            output = self._outline(clip.contiguous(memory_format=torch.channels_last))
        settings = self._settings
        wanted = self._stacked([example.foreground for example in examples])
        depth = self._stacked([example.depth for example in examples])
        offset = self._stacked([example.offset for example in examples])
        found = Output(*(part.float() for part in output))
        return {
            "foreground": share * _cross_entropy(found.foreground, wanted),
            "dice": share * settings.dice_weight * _dice(found.foreground, wanted),
            "depth": share * settings.depth_weight * _depth_loss(found.depth, depth),
            "offset": share * settings.offset_weight * _way_loss(found.offset, offset),
        }

    def _stacked(self, arrays: Sequence[NDArray[np.float32]]) -> Tensor:
        return torch.from_numpy(np.stack(arrays)).to(self.device)

    def learning_rate(self, number: int) -> float:
        """Return the learning rate: rising during the warm-up, then a cosine decay."""
        settings = self._settings
        rising = min(1.0, (number + 1) / max(settings.warm_up, 1))
        falling = 0.5 * (1 + float(np.cos(np.pi * number / settings.total_steps)))
        return self._largest_rate * rising * falling

    def own_state(self) -> dict[str, Tensor]:
        """Return the running means of the normalization layers."""
        return {
            name: buffer.detach().clone()
            for name, buffer in self.network.named_buffers()
        }

    def restore_own(self, state: dict[str, Tensor]) -> None:
        """Restore the running means."""
        for name, buffer in self.network.named_buffers():
            buffer.copy_(state[name])

    def move(self, device: torch.device) -> None:
        """Move to a device, as for a pause; no process draws in the meantime."""
        self._stream.rest()
        super().move(device)

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return an example, its predicted foreground and depth, and the true depth.

        It is the same example each time, even in a resumed training.
        """
        if self._shown is None:
            self._shown = self._stream.drawn(0)
        rng = np.random.default_rng(self._seed)
        example = draw_example([self._shown], self.sizes.patch, self._settings, rng)
        self.network.eval()
        clip = torch.from_numpy(example.clip)[None].to(self.device)
        output = Output(*(part[0].float().cpu() for part in self.network(clip)))
        self.network.train()
        frame = np.clip((example.clip[self._settings.context] + 1) / 2, 0, 1)
        foreground = torch.sigmoid(output.foreground[0]).numpy()
        depth = np.kron(output.depth[0].clamp(0, 1).numpy(), np.ones((2, 2)))
        truth = np.kron(example.depth[0], np.ones((2, 2)))
        rows = np.concatenate([frame, foreground, depth, truth], axis=1)
        return {"maps": np.round(255 * rows).astype(np.uint8)}


def _cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, wanted)


def _dice(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return 1 - Dice over the batch (Milletari et al., V-Net, 3DV 2016)."""
    found = torch.sigmoid(logits)
    return 1 - (2 * (found * wanted).sum() + 1) / (found.sum() + wanted.sum() + 1)


def _depth_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean loss inside objects, and a fraction of that outside."""
    loss = smooth_l1_loss(found, wanted, reduction="none", beta=BETA)
    inside = (wanted > 0).float()
    outside = 1 - inside
    return (loss * inside).sum() / (inside.sum() + 1) + BACKGROUND_SHARE * (
        loss * outside
    ).sum() / (outside.sum() + 1)


def _way_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean loss where there is a previous position."""
    known = torch.isfinite(wanted)
    loss = smooth_l1_loss(found, torch.nan_to_num(wanted), reduction="none", beta=1.0)
    return (loss * known).sum() / (known.sum() + 1)
