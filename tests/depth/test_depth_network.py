import pytest
import torch

from napari_asist.depth.network import DepthNetwork


@pytest.mark.parametrize(
    ("channels", "frames"), [((4, 5), 1), ((5, 7, 9), 3), ((4, 6, 4, 5), 7)]
)
def test_any_number_of_channels_gives_maps_of_the_frame(
    channels: tuple[int, ...], frames: int
) -> None:
    network = DepthNetwork(channels, frames)
    side = 1 << len(channels)
    output = network(torch.zeros(2, frames, 3 * side, 2 * side))
    assert output.foreground.shape == (2, 1, 3 * side, 2 * side)
    assert output.depth.shape == (2, 1, 3 * side // 2, side)
    assert output.offset.shape == (2, 2, 3 * side // 2, side)


def test_a_moved_network_gives_the_same_maps() -> None:
    network = DepthNetwork((4, 6), 3).eval()
    clip = torch.randn(1, 3, 8, 12)
    before = network(clip)
    assert network.moved_to(torch.device("cpu")) is network
    kernels = [weight for weight in network.parameters() if weight.ndim == 4]
    assert kernels
    for weight in kernels:
        assert weight.is_contiguous(memory_format=torch.channels_last)
        assert weight.requires_grad
    for one, other in zip(before, network(clip), strict=True):
        torch.testing.assert_close(one, other)


def test_nothing_beyond_the_reach_affects_a_pixel() -> None:
    network = DepthNetwork((4, 4, 4), 1).eval()
    middle = 8 * (network.reach // 8 + 1)
    clip = torch.randn(1, 1, 2 * middle, 2 * middle)
    other = clip.clone()
    other[..., : middle - network.reach, :] += 1
    other[..., :, : middle - network.reach] += 1
    for one, two in zip(network(clip), network(other), strict=True):
        start = middle * one.shape[-1] // clip.shape[-1]
        torch.testing.assert_close(one[..., start:, start:], two[..., start:, start:])
        assert not torch.allclose(one[..., 0, 0], two[..., 0, 0])


def test_maps_have_full_precision() -> None:
    network = DepthNetwork((4, 6), 1)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(torch.zeros(1, 1, 8, 8))
    assert {part.dtype for part in output} == {torch.float32}
