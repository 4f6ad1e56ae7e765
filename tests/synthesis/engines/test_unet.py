import pytest
import torch

from napari_asist.synthesis.engines.networks import (
    UNetGenerator,
    count_parameters,
    translate,
)


@pytest.mark.parametrize("levels", [2, 4])
def test_images_keep_their_size(levels: int) -> None:
    network = UNetGenerator(4, levels)
    assert network(torch.zeros(2, 1, 32, 48)).shape == (2, 1, 32, 48)
    assert network.multiple == 2**levels


def test_any_size_is_translated() -> None:
    image = torch.rand(50, 71) * 2 - 1
    drawn = translate(UNetGenerator(4, 5).eval(), image)
    assert drawn.shape == image.shape
    assert drawn.abs().max() <= 1


def test_published_network_of_256_pixels_has_its_size() -> None:
    # pytorch-CycleGAN-and-pix2pix prints 54.414 M for unet_256 of 3 channels, with 8
    # levels; two channels fewer on both sides remove 2 × 2 × 64 × 16 + 2 weights.
    assert count_parameters(UNetGenerator(64, 8)) == pytest.approx(54.41e6, rel=2e-3)


def test_depths_halve_from_one_to_the_next() -> None:
    sides = [
        d.shape[-1] for d in UNetGenerator(4, 3).features(torch.zeros(1, 1, 32, 32))
    ]
    assert sides == [32, 16, 8, 4]
