import pytest
import torch
from numpy.testing import assert_allclose
from tensor_sizes import TensorSizes
from torch import Tensor

from napari_asist.tracking.clustering import kernel as products
from napari_asist.tracking.clustering.kernel import best_seeds, one_thread, window_sums

D = 16


def rows(n_cells: int, n: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(n_cells, n, D, generator=generator)
    vectors[..., 0] += 4
    vectors /= vectors.norm(dim=2, keepdim=True)
    places = 3 * torch.rand(n_cells, n, 2, generator=generator) - 1.5
    return torch.cat([vectors, places, torch.ones(n_cells, n, 1)], 2)


def test_sums_are_those_of_all_pixels_in_the_window() -> None:
    seeds, pixels = rows(3, 5, 0), rows(3, 400, 1)
    alike = seeds[..., :D] @ pixels[..., :D].mT > 0.6
    near = torch.cdist(seeds[..., D:-1].double(), pixels[..., D:-1].double()) < 1
    expected = (alike & near).float() @ pixels
    assert expected[..., -1].min() > 0
    assert_allclose(window_sums(seeds, pixels, D, 0.6), expected, atol=1e-4)


@pytest.mark.parametrize("most", [1, 100, 4096])
def test_small_tiles_change_nothing(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds, pixels = rows(2, 7, 2), rows(2, 500, 3)
    sums = window_sums(seeds, pixels, D, 0.6)
    score, index = best_seeds(seeds, pixels, D, 0.1)
    monkeypatch.setattr(products, "LARGEST", {"cpu": most})
    assert_allclose(window_sums(seeds, pixels, D, 0.6), sums, atol=1e-4)
    again = best_seeds(seeds, pixels, D, 0.1)
    assert_allclose(again[0], score, atol=1e-5)
    assert (again[1] == index).all()


def test_no_matrix_is_larger_than_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds, pixels = rows(1, 200, 4), rows(1, 3000, 5)
    monkeypatch.setattr(products, "LARGEST", {"cpu": 10_000})
    with TensorSizes() as sizes:
        window_sums(seeds, pixels, D, 0.6)
        best_seeds(seeds, pixels, D, 0.1)
    assert 200 * 40 < sizes.largest <= 10_000


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
