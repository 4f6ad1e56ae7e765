"""The mask generator A*: training on pairs, and the choice of its state.

The paper takes A* "from an early epoch" and does not specify which; the rule here uses
only simulated annotations.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from napari_asist.synthesis.encode import mask_level
from napari_asist.synthesis.engines.adversarial import (
    SMALLEST,
    adam_of,
    learning_rate,
    multiple,
    strip,
)
from napari_asist.synthesis.engines.losses import decided_part, foreground_agreement
from napari_asist.synthesis.engines.networks import build_generator
from napari_asist.synthesis.engines.training_data import SyntheticPairs
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.memory import Sizes
from napari_asist.training.network_training import NetworkTraining

CANDIDATES = 20
ENOUGH_DECIDED = 0.98
JUDGED = 8


class PairedMask(NetworkTraining):
    """Generator A*, trained to draw the annotation of a synthetic frame.

    Parameters
    ----------
    pairs : SyntheticPairs
    settings : SynthesisSettings
    seed : int
    """

    def __init__(
        self, pairs: SyntheticPairs, settings: SynthesisSettings, seed: int
    ) -> None:
        self._pairs, self._settings, self._seed = pairs, settings, seed
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            networks = nn.ModuleDict({"generator_a": build_generator(settings)})
        networks.to(pairs.device)
        super().__init__(
            networks,
            {"generator": adam_of(settings, pairs.device, networks)},
            settings,
            pairs.device,
            Sizes(settings.batch, settings.patch),
            multiple(settings),
            SMALLEST,
        )
        self._a = self.compiled(networks["generator_a"])
        self.resized()

    def gradients(self, number: int) -> Mapping[str, Tensor]:
        """Compute the gradients of one batch; the loss is the mean difference."""
        batch = self._settings.batch
        rngs = self.rngs(self._seed, number, batch)
        total = torch.zeros((), device=self.device)
        for first in range(0, batch, self.sizes.at_once):
            part = rngs[first : first + self.sizes.at_once]
            x, y = self._pairs.batch(part)
            with self.precision.autocast():
                drawn = self._a(x).float()
            loss = l1_loss(drawn, y) * (len(part) / batch)
            self.backward(loss)
            total += loss.detach()
        return {"mask": total}

    def learning_rate(self, number: int) -> float:
        """Return the learning rate: constant, then falling linearly to zero."""
        return learning_rate(number, self._settings.mask_steps, self._settings)

    def resized(self) -> None:
        """Draw crops with the new size."""
        self._pairs.resize(self.sizes.patch)

    def moved(self) -> None:
        """Keep generator B and the frames on the device too."""
        self._pairs.move(self.device)

    @torch.no_grad()
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return a strip: synthetic image, its annotation, output of A*."""
        x, y = self._pairs.batch([np.random.default_rng(self._seed) for _ in range(2)])
        return {"images": strip(x, y, self.networks["generator_a"](x))}


class ChosenMask:
    """A training of A* that keeps the best state of its generator.

    At `CANDIDATES` points, evenly spread over the steps, the generator draws the masks
    of the same synthetic crops. The chosen state has the highest agreement (Dice) with
    the annotations among those that are certain about nearly all pixels; if none is, it
    has the highest product of both.

    Parameters
    ----------
    training : NetworkTraining
        Its networks include a ``generator_a``.
    pairs : SyntheticPairs
    settings : SynthesisSettings
    seed : int
    """

    def __init__(
        self,
        training: NetworkTraining,
        pairs: SyntheticPairs,
        settings: SynthesisSettings,
        seed: int,
    ) -> None:
        self._training, self._steps = training, settings.mask_steps
        self._level = mask_level(settings.encoding)
        rngs = [np.random.default_rng((seed, JUDGED, place)) for place in range(JUDGED)]
        self._pairs, (self._images, self._annotations) = pairs, pairs.batch(rngs)
        self.curve: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}

    @property
    def device(self) -> torch.device:
        """Device of the training's networks."""
        return self._training.device

    def step(self, number: int) -> Mapping[str, float]:
        """Take a step, and evaluate the generator when it is due."""
        losses = self._training.step(number)
        candidate = CANDIDATES * (number + 1) // self._steps
        if candidate > CANDIDATES * number // self._steps:
            self._judge(number + 1)
        return losses

    @torch.no_grad()
    def _judge(self, step: int) -> None:
        generator = self._training.networks["generator_a"]
        images = self._images.to(self.device)
        drawn = torch.cat([generator(image[None]) for image in images])
        annotations = self._annotations.to(self.device)
        agreement = foreground_agreement(drawn, annotations, self._level)
        decided = decided_part(drawn, self._level)
        row = {"step": step, "agreement": agreement, "decided": decided}
        self.curve.append(row)
        if max(self.curve, key=_rank) is row:
            weights = generator.state_dict()
            self.best = {name: weight.cpu().clone() for name, weight in weights.items()}

    @property
    def chosen(self) -> dict[str, float]:
        """Return the chosen row of the curve."""
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
        """Restore a state."""
        self._training.restore(state["training"])
        self.curve, self.best = list(state["curve"]), dict(state["best"])

    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return the training's sample images."""
        return self._training.samples()

    def shrink(self) -> str:
        """Make the training's steps smaller."""
        return self._training.shrink()

    def move(self, device: torch.device) -> None:
        """Move the training, generator B and the frames to another device."""
        self._training.move(device)
        self._pairs.move(device)

    def describe(self) -> str:
        """Describe where and how the training runs."""
        return self._training.describe()

    def advice(self) -> str:
        """Return advice for a loss that is not finite."""
        return self._training.advice()


def _rank(row: Mapping[str, float]) -> tuple[bool, float]:
    is_decided = row["decided"] >= ENOUGH_DECIDED
    score = row["agreement"] * (1 if is_decided else row["decided"])
    return is_decided, score
