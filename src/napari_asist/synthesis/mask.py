"""The mask generator A*: how it is trained on pairs, and which of its states is taken.

The paper takes A* "from an early epoch" and does not say which; the rule here looks at
simulated annotations only.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from napari_asist.synthesis.adversarial import (
    adam_of,
    build_generator,
    set_learning_rate,
    strip,
)
from napari_asist.synthesis.crops import CropSource
from napari_asist.synthesis.encode import mask_level
from napari_asist.synthesis.foreground import decided_part, foreground_agreement
from napari_asist.synthesis.networks import Generator
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import optimizer_state, restore_optimizer
from napari_asist.training.loop import Training

CANDIDATES = 20
ENOUGH_DECIDED = 0.98
JUDGED = 8


class SyntheticPairs:
    """Crops that generator B draws, with the annotations that they were drawn from.

    Parameters
    ----------
    generator_b : Generator
    blurred, plain : CropSource
        The same frames as B was trained on, and as A* is to draw them.
    settings : SynthesisSettings
    device : torch.device
    """

    def __init__(
        self,
        generator_b: Generator,
        blurred: CropSource,
        plain: CropSource,
        settings: SynthesisSettings,
        device: torch.device,
    ) -> None:
        self._b, self._blurred, self._plain = generator_b, blurred, plain
        self._settings, self._device = settings, device

    @torch.no_grad()
    def batch(self, count: int, seed: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Return synthetic images and plain annotations, (count, 1, side, side)."""
        rng = np.random.default_rng(seed)
        # Two generators of one seed cut the same crops.
        y = self._blurred.batch(count, np.random.default_rng(seed))
        plain = self._plain.batch(count, np.random.default_rng(seed))
        noise = rng.standard_normal(tuple(y.shape), np.float32) * self._settings.noise
        drawn = self._b((y + torch.from_numpy(noise)).to(self._device))
        return drawn.clamp(-1, 1), plain.to(self._device)


class PairedMask:
    """Generator A*, trained to draw a synthetic frame's own annotation.

    Parameters
    ----------
    pairs : SyntheticPairs
    settings : SynthesisSettings
    seed : int
    device : torch.device
    """

    def __init__(
        self,
        pairs: SyntheticPairs,
        settings: SynthesisSettings,
        seed: int,
        device: torch.device,
    ) -> None:
        self._pairs, self._settings, self._seed = pairs, settings, seed
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.networks = nn.ModuleDict({"generator_a": build_generator(settings)})
        self.networks.to(device)
        self._adam = adam_of(settings, self.networks)

    def step(self, number: int) -> Mapping[str, float]:
        """Train on one batch; returns the loss."""
        set_learning_rate(self._adam, number, self._settings.mask_steps, self._settings)
        x, y = self._pairs.batch(self._settings.batch, (self._seed, number))
        loss = l1_loss(self.networks["generator_a"](x), y)
        self._adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        return {"mask": loss.item()}

    def state(self) -> dict[str, Any]:
        """Return weights and optimiser."""
        return {
            "networks": self.networks.state_dict(),
            "adam": optimizer_state(self._adam),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.networks.load_state_dict(state["networks"])
        restore_optimizer(self._adam, state["adam"])

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return a strip: synthetic image, its annotation, what A* draws."""
        x, y = self._pairs.batch(2, (self._seed,))
        return {"images": strip(x, y, self.networks["generator_a"](x))}


class MaskTraining(Training, Protocol):
    """A training whose networks hold a ``generator_a``."""

    networks: nn.ModuleDict


class ChosenMask:
    """A training of A* that keeps the best of its generator's states.

    At `CANDIDATES` moments, evenly spread over the steps, the generator draws the masks
    of the same synthetic crops. Taken is the state of the highest agreement (Dice) with
    the annotations among those that are sure of nearly all pixels, and where none is,
    the one of the highest product of both.

    Parameters
    ----------
    training : MaskTraining
    pairs : SyntheticPairs
    settings : SynthesisSettings
    seed : int
    """

    def __init__(
        self,
        training: MaskTraining,
        pairs: SyntheticPairs,
        settings: SynthesisSettings,
        seed: int,
    ) -> None:
        self._training, self._steps = training, settings.mask_steps
        self._level = mask_level(settings.encoding)
        self._images, self._annotations = pairs.batch(JUDGED, (seed, 1))
        self.curve: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}

    def step(self, number: int) -> Mapping[str, float]:
        """Take a step, and judge the generator when its moment has come."""
        losses = self._training.step(number)
        candidate = CANDIDATES * (number + 1) // self._steps
        if candidate > CANDIDATES * number // self._steps:
            self._judge(number + 1)
        return losses

    @torch.no_grad()
    def _judge(self, step: int) -> None:
        generator = self._training.networks["generator_a"]
        drawn = torch.cat([generator(image[None]) for image in self._images])
        agreement = foreground_agreement(drawn, self._annotations, self._level)
        decided = decided_part(drawn, self._level)
        row = {"step": step, "agreement": agreement, "decided": decided}
        self.curve.append(row)
        if max(self.curve, key=_rank) is row:
            weights = generator.state_dict()
            self.best = {name: weight.clone() for name, weight in weights.items()}

    @property
    def chosen(self) -> dict[str, float]:
        """Return the row of the curve that was taken."""
        return max(self.curve, key=_rank)

    def write_curve(self, path: Path) -> None:
        """Write the curve as CSV: step, agreement, decided, chosen."""
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["step", "agreement", "decided", "chosen"])
            for row in self.curve:
                figures = (f"{row[name]:.4f}" for name in ("agreement", "decided"))
                writer.writerow([row["step"], *figures, int(row is self.chosen)])

    def state(self) -> dict[str, Any]:
        """Return the training's state, the curve and the best generator so far."""
        return {
            "training": self._training.state(),
            "curve": self.curve,
            "best": self.best,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self._training.restore(state["training"])
        self.curve, self.best = list(state["curve"]), dict(state["best"])

    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return the training's pictures."""
        return self._training.samples()


def _rank(row: Mapping[str, float]) -> tuple[bool, float]:
    is_decided = row["decided"] >= ENOUGH_DECIDED
    score = row["agreement"] * (1 if is_decided else row["decided"])
    return is_decided, score
