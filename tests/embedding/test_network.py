import pytest
import torch

from napari_asist.embedding.network import RSHN


def test_published_network_has_4136608_parameters() -> None:
    assert sum(weight.numel() for weight in RSHN().parameters()) == 4_136_608


def test_each_hourglass_embeds_every_pixel() -> None:
    outputs = RSHN(2, 4, 3, 5)(torch.zeros(3, 2, 1, 8, 12))
    assert [tuple(output.shape) for output in outputs] == [(3, 2, 5, 8, 12)] * 2


def test_later_frames_know_earlier_ones_and_not_the_other_way() -> None:
    torch.manual_seed(1)
    network = RSHN(1, 16, 2, 4)
    clip = torch.rand(3, 1, 1, 8, 8)
    changed = clip.clone()
    changed[1] += 1
    before, after = network(clip)[0], network(changed)[0]
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[2], after[2])


def test_clips_of_a_batch_do_not_mix() -> None:
    torch.manual_seed(1)
    network = RSHN(2, 4, 2, 4)
    clips = torch.rand(3, 2, 1, 8, 8)
    together = network(clips)[-1]
    for place in range(2):
        alone = network(clips[:, place : place + 1])[-1]
        torch.testing.assert_close(together[:, place : place + 1], alone)


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_number_of_levels_is_free(levels: int) -> None:
    side = 2 ** (levels - 1) * 2
    assert RSHN(1, 4, levels, 3)(torch.zeros(1, 1, 1, side, side))[0].shape[3] == side
