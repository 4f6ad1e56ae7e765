from pathlib import Path

import numpy as np
import torch
from tiny_gan import spots
from torch import Tensor, nn

from napari_asist.synthesis.engines.mask_generator import (
    CANDIDATES,
    ChosenMask,
    PairedMask,
)
from napari_asist.synthesis.engines.networks import ResnetGenerator
from napari_asist.synthesis.engines.training_data import CropSource, SyntheticPairs
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import load_state, save_state

SETTINGS = SynthesisSettings(
    filters=4, blocks=1, patch=32, mask_steps=40, mask="drawn", learning_rate=2e-3
)
CPU = torch.device("cpu")


class Dimmed(ResnetGenerator):
    """A generator B that draws the annotation, but darker."""

    def __init__(self) -> None:
        super().__init__(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x - 0.3


class Scripted(nn.Module):
    """A mask generator whose masks are off by an offset."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return (x + 0.3) / 0.5 + self.offset


class ScriptedTraining(PairedMask):
    """A training that steps through given offsets."""

    def __init__(self, offsets: list[float]) -> None:
        super().__init__(pairs(), SETTINGS, 0)
        self.offsets = offsets
        self.networks = nn.ModuleDict({"generator_a": Scripted()})

    def step(self, number: int) -> dict[str, float]:
        network = self.networks["generator_a"]
        assert isinstance(network, Scripted)
        network.offset.data.fill_(self.offsets[number])
        return {"mask": 0.0}


def pairs(settings: SynthesisSettings = SETTINGS) -> SyntheticPairs:
    rng = np.random.default_rng(0)
    frames = [spots(rng, 1.0) for _ in range(3)]
    return SyntheticPairs(
        Dimmed(), CropSource(frames, 32), CropSource(frames, 32), settings, CPU
    )


def generators(seed: int) -> list[np.random.Generator]:
    return [np.random.default_rng((seed, place)) for place in range(4)]


def test_a_pair_shows_the_same_place() -> None:
    images, annotations = pairs().batch(generators(2))
    torch.testing.assert_close(images, 0.5 * annotations - 0.3)
    again, _ = pairs().batch(generators(2))
    assert torch.equal(images, again)
    other, _ = pairs().batch(generators(3))
    assert not torch.equal(images, other)


def test_masks_are_learned_from_pairs() -> None:
    mask = PairedMask(pairs(), SETTINGS, 0)
    losses = [mask.step(number)["mask"] for number in range(40)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    assert mask.samples()["images"].shape == (64, 96)


def test_the_state_that_agrees_best_is_taken(tmp_path: Path) -> None:
    # With 40 steps, every second one is evaluated: steps 2, 4, ….
    offsets = [-2.5] * 40
    offsets[5], offsets[9], offsets[10] = 0.5, 0.98, 0.0
    settings = SETTINGS
    choice = ChosenMask(ScriptedTraining(offsets), pairs(), settings, 0)
    for number in range(40):
        choice.step(number)
    assert len(choice.curve) == CANDIDATES
    assert choice.chosen["step"] == 6, "step 10 is undecided, step 11 is no candidate"
    assert choice.best["offset"] == 0.5
    choice.write_curve(tmp_path / "curve.csv")
    rows = (tmp_path / "curve.csv").read_text().splitlines()
    assert rows[0] == "step,agreement,decided,chosen"
    assert [row for row in rows if row.endswith(",1")] == [rows[3]]
    assert rows[3] == "6,1.0000,1.0000,1"


def test_the_choice_survives_a_stop(tmp_path: Path) -> None:
    def made() -> ChosenMask:
        return ChosenMask(PairedMask(pairs(), SETTINGS, 0), pairs(), SETTINGS, 0)

    whole, first, second = made(), made(), made()
    for number in range(12):
        whole.step(number)
    for number in range(7):
        first.step(number)
    save_state(tmp_path / "state.safetensors", first.state())
    second.restore(load_state(tmp_path / "state.safetensors")[0])
    for number in range(7, 12):
        second.step(number)
    assert second.curve == whole.curve
    assert all(torch.equal(second.best[name], whole.best[name]) for name in whole.best)
