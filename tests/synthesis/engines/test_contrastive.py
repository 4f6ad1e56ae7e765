from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_gan import spots

from napari_asist.synthesis.engines.contrastive import ContrastiveTranslation
from napari_asist.synthesis.engines.losses import (
    PatchHeads,
    contrastive_loss,
    random_places,
)
from napari_asist.synthesis.engines.training_data import CropSource
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import load_state, save_state

TINY = SynthesisSettings(
    engine="cut",
    mask="drawn",
    filters=4,
    blocks=2,
    discriminator_filters=4,
    patch=32,
    contrast_patches=32,
    contrast_features=16,
    device="cpu",
)


def tiny_cut(settings: SynthesisSettings = TINY) -> ContrastiveTranslation:
    rng = np.random.default_rng(0)
    images = CropSource([spots(rng, 0.2) for _ in range(3)], 32)
    annotations = CropSource([spots(rng, 1.0) for _ in range(3)], 32)
    device = torch.device("cpu")
    return ContrastiveTranslation(images, annotations, settings, 100, 1, device)


def test_a_position_is_distinguished_by_its_features() -> None:
    unit = torch.eye(8)[None]
    assert contrastive_loss(unit, unit) < 1e-4
    assert contrastive_loss(unit, unit.roll(1, 1)) > 10
    # Uninformative features give a guess among all positions.
    same = torch.ones(1, 8, 4) / 2
    assert contrastive_loss(same, same) == pytest.approx(np.log(8))


def test_only_the_translation_receives_gradients() -> None:
    translated, source = (torch.rand(1, 4, 8, requires_grad=True) for _ in range(2))
    contrastive_loss(translated, source).backward()  # type: ignore[no-untyped-call]
    assert translated.grad is not None
    assert source.grad is None


def test_places_are_on_the_map_and_repeat() -> None:
    depths = [torch.rand(2, 3, 8, 8), torch.rand(2, 5, 2, 2)]
    first, again = (
        random_places(depths, 16, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert [len(place) for place in first] == [16, 4]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    found = PatchHeads([3, 5], 64)(depths, first)
    assert [tuple(part.shape) for part in found] == [(2, 16, 64), (2, 4, 64)]
    np.testing.assert_allclose(found[0].detach().norm(dim=2), 1, rtol=1e-5)


@pytest.mark.parametrize("generator", ["resnet", "unet"])
def test_the_contrast_is_learned(generator: str) -> None:
    cut = tiny_cut(TINY.changed(generator=generator, levels=3))
    losses = [cut.step(number)["contrast"] for number in range(40)]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])
    assert set(cut.step(40)) == {
        "discriminator_images",
        "adversarial_b",
        "contrast",
        "contrast_identity",
    }


def test_restored_training_takes_the_same_steps(tmp_path: Path) -> None:
    cut = tiny_cut()
    for number in range(3):
        cut.step(number)
    save_state(tmp_path / "state.safetensors", cut.state())
    expected = [cut.step(number) for number in range(3, 6)]
    other = tiny_cut()
    other.restore(load_state(tmp_path / "state.safetensors")[0])
    assert [other.step(number) for number in range(3, 6)] == expected


def test_samples_show_both_translations() -> None:
    samples = tiny_cut().samples()
    assert set(samples) == {"images", "annotations"}
    assert all(image.shape == (64, 64) for image in samples.values())
