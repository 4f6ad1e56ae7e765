from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tiny_gan import TINY_GAN, tiny_gan

from napari_asist.events import Paused, Progress, StopFlag, result_of
from napari_asist.synthesis.engines.cyclegan import CycleGAN
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import load_state, save_state
from napari_asist.training.loop import train
from napari_asist.training.memory import OutOfMemory, Sizes


def test_a_step_reports_every_loss() -> None:
    assert set(tiny_gan().step(0)) == {
        "adversarial_a",
        "adversarial_b",
        "cycle_images",
        "cycle_annotations",
        "identity",
        "discriminator_images",
        "discriminator_annotations",
    }


def test_cycles_are_learned() -> None:
    gan = tiny_gan()
    losses = [gan.step(number)["cycle_images"] for number in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])


def test_restored_training_takes_the_same_steps(tmp_path: Path) -> None:
    gan = tiny_gan()
    for number in range(4):
        gan.step(number)
    save_state(tmp_path / "state.safetensors", gan.state())
    expected = [gan.step(number) for number in range(4, 7)]
    other = tiny_gan()
    other.restore(load_state(tmp_path / "state.safetensors")[0])
    assert [other.step(number) for number in range(4, 7)] == expected


def test_learning_rate_falls_to_zero() -> None:
    gan = tiny_gan(steps=10)
    before = [weight.clone() for weight in gan.networks.parameters()]
    gan.step(10)  # one past the last
    for old, new in zip(before, gan.networks.parameters(), strict=True):
        assert torch.equal(old, new)


def test_without_identity_weight_there_is_no_identity_loss() -> None:
    assert "identity" not in tiny_gan(TINY_GAN.changed(identity_weight=0)).step(0)


def test_consistency_requires_the_annotations_objects() -> None:
    settings = TINY_GAN.changed(consistency_weight=5)
    losses = [
        tiny_gan(settings).step(0)["consistency"],
        tiny_gan(settings.changed(batch=2)).step(0)["consistency"],
    ]
    assert all(0 <= loss <= 1 for loss in losses)
    assert "consistency" not in tiny_gan().step(0)


@pytest.mark.parametrize("adds_input", [False, True])
def test_generators_may_be_a_unet(adds_input: bool) -> None:
    settings = TINY_GAN.changed(generator="unet", levels=3, adds_input=adds_input)
    gan = tiny_gan(settings)
    losses = [gan.step(number)["cycle_images"] for number in range(40)]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])


def test_samples_show_both_cycles() -> None:
    samples = tiny_gan().samples()
    assert set(samples) == {"images", "annotations"}
    assert all(image.shape == (64, 96) for image in samples.values())
    assert all(image.dtype == np.uint8 for image in samples.values())


def test_patch_that_the_generator_cannot_halve_is_rejected() -> None:
    with pytest.raises(ValidationError, match="multiple of 4"):
        SynthesisSettings(patch=130)
    with pytest.raises(ValidationError, match="use a multiple of 128 or lower levels"):
        SynthesisSettings(patch=96, generator="unet")


def test_an_engine_without_a_cycle_has_no_mask_from_a_cycle() -> None:
    with pytest.raises(ValidationError, match="set mask to drawn"):
        SynthesisSettings(engine="cut")


def weights_of(gan: CycleGAN) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in gan.networks.parameters()]


def test_paused_training_ends_with_the_same_weights_and_pools(tmp_path: Path) -> None:
    whole, paused = tiny_gan(), tiny_gan()
    for gan, pauses in ((whole, False), (paused, True)):
        stop = StopFlag()
        for event in train(gan, "gan", tmp_path / str(pauses), 8, stop):
            if pauses and isinstance(event, Progress) and event.done in (3, 6):
                stop.pause()
            elif isinstance(event, Paused):
                stop.resume()
    for one, other in zip(weights_of(whole), weights_of(paused), strict=True):
        assert torch.equal(one, other)
    pools = [gan.own_state()["images"] for gan in (whole, paused)]
    assert len(pools[0]) == TINY_GAN.pool
    assert all(map(torch.equal, *pools))
    losses = [(tmp_path / str(it) / "losses.csv").read_text() for it in (False, True)]
    assert losses[0] == losses[1]


def test_batches_computed_in_parts_have_the_same_gradients() -> None:
    whole, parts = (tiny_gan(TINY_GAN.changed(batch=3, pool=4)) for _ in range(2))
    parts.sizes = Sizes(1, 32)
    for number in range(3):
        expected, losses = whole.step(number), parts.step(number)
        assert losses == pytest.approx(expected, rel=1e-2)
    assert len(parts.own_state()["images"]) == 4


def test_without_memory_patches_get_smaller_and_pools_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gan = tiny_gan(TINY_GAN.changed(patch=48))
    gan.step(0)
    gradients = gan._train_discriminators

    def full(x: torch.Tensor, *others: Any) -> dict[str, torch.Tensor]:
        if x.shape[-1] > 40:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return gradients(x, *others)

    gan._smallest = 16
    monkeypatch.setattr(gan, "_train_discriminators", full)
    before, pool = weights_of(gan), gan.own_state()["images"]
    with pytest.raises(OutOfMemory):
        gan.step(1)
    assert all(map(torch.equal, before, weights_of(gan)))
    assert len(gan.own_state()["images"]) == len(pool)
    result_of(train(gan, "gan", tmp_path, 3, StopFlag()))
    assert gan.sizes == Sizes(1, 24)
    assert {image.shape[-1] for image in gan.own_state()["images"]} == {24}


def test_bfloat16_learns_too() -> None:
    gan = tiny_gan(TINY_GAN.changed(precision="bfloat16"))
    losses = [gan.step(number)["cycle_images"] for number in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    assert all(weight.dtype == torch.float32 for weight in gan.networks.parameters())
