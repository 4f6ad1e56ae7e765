import pytest
import torch

from napari_asist.synthesis.engines.networks import (
    PatchDiscriminator,
    ResnetGenerator,
    count_parameters,
    translate,
)


def test_published_sizes() -> None:
    # 11.378 and 2.765 million with three channels, as the reference prints.
    assert count_parameters(ResnetGenerator()) == 11_378_179 - 2 * (2 * 64 * 49 + 1)
    assert count_parameters(PatchDiscriminator()) == 2_764_737 - 2 * 64 * 16


def test_discriminator_judges_patches_of_70_pixels() -> None:
    torch.manual_seed(0)
    layers = [
        layer
        for layer in PatchDiscriminator(4)
        if not isinstance(layer, torch.nn.InstanceNorm2d)  # it mixes all positions
    ]
    image = torch.randn(1, 1, 160, 160, requires_grad=True)
    judgment = torch.nn.Sequential(*layers)(image)
    judgment[0, 0, judgment.shape[2] // 2, judgment.shape[3] // 2].backward()
    assert image.grad is not None
    rows = torch.nonzero(image.grad[0, 0].abs().sum(1))
    assert int(rows.max() - rows.min()) + 1 == 70


@pytest.mark.parametrize("shape", [(32, 32), (33, 47), (9, 64)])
def test_images_of_any_size_are_translated(shape: tuple[int, int]) -> None:
    result = translate(ResnetGenerator(4, 1), torch.zeros(shape))
    assert result.shape == shape
    assert result.abs().max() <= 1
