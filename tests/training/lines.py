"""The smallest training: fit a line to points, with sizes and a state."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.training.memory import Sizes
from napari_asist.training.network_training import NetworkTraining
from napari_asist.training.settings import TrainingSettings

BATCH, PATCH = 4, 64


class Line(NetworkTraining):
    """Runs out of memory if a step has more pixels than fit."""

    def __init__(self, fits: int = BATCH * PATCH, **settings: Any) -> None:
        torch.manual_seed(0)
        line = nn.Linear(1, 1)
        adam = torch.optim.Adam(line.parameters(), 0.01)
        super().__init__(
            line,
            {"adam": adam},
            TrainingSettings(**{"device": "cpu", **settings}),
            torch.device("cpu"),
            Sizes(BATCH, PATCH),
            8,
            16,
        )
        self.fits = fits
        self.seen = torch.zeros(1)
        self.places: list[str] = []

    def gradients(self, number: int) -> Mapping[str, Tensor]:
        rngs = self.rngs(7, number, BATCH)
        x = torch.tensor([[rng.random()] for rng in rngs], dtype=torch.float32)
        loss = torch.zeros(())
        for part in torch.split(x, self.sizes.at_once):
            self.seen = self.seen + len(part)
            if len(part) * self.sizes.patch > self.fits:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            with self.precision.autocast():
                drawn = self.networks(part).float()
            square = (drawn - 3 * part).square().sum() / BATCH
            self.backward(square)
            loss = loss + square.detach()
        return {"square": loss}

    def learning_rate(self, number: int) -> float:
        return 0.01

    def own_state(self) -> Any:
        return {"seen": self.seen}

    def restore_own(self, state: Any) -> None:
        self.seen = state["seen"]

    def moved(self) -> None:
        self.places.append(str(self.device))

    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        return {"line": np.zeros((4, 4), np.uint8)}

    @property
    def weights(self) -> list[float]:
        weights: list[float] = nn.utils.parameters_to_vector(
            self.networks.parameters()
        ).tolist()
        return weights
