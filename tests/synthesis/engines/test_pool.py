import numpy as np
import torch

from napari_asist.synthesis.engines.training_data import ImagePool


def image(value: float) -> torch.Tensor:
    return torch.full((1, 1, 2, 2), value)


def test_pool_fills_before_it_returns_older_images() -> None:
    pool = ImagePool(3)
    rng = np.random.default_rng(0)
    for value in range(3):
        assert pool.mix(image(value), [rng]).max() == value
    fresh = [pool.mix(image(value), [rng]).max() == value for value in range(3, 203)]
    assert 0.4 < np.mean(fresh) < 0.6


def test_pool_of_no_size_passes_images_through() -> None:
    pool = ImagePool(0)
    rng = np.random.default_rng(0)
    assert all(pool.mix(image(value), [rng]).max() == value for value in range(5))


def test_state_returns() -> None:
    pool, other = ImagePool(2), ImagePool(2)
    rng = np.random.default_rng(0)
    pool.mix(torch.cat([image(1), image(2)]), [rng, rng])
    other.restore(pool.state(), torch.device("cpu"))
    for value in range(10):
        first, second = (
            kept.mix(image(value), [np.random.default_rng(value)])
            for kept in (pool, other)
        )
        assert torch.equal(first, second)
