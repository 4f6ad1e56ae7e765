import numpy as np
from cases import CASES

from napari_asist.embedding.neighbors import neighbor_table


def by_definition(labels: np.ndarray, radius: float) -> np.ndarray:
    """Compare every pixel with every other one."""
    count = int(labels.max())
    table = np.zeros((count, count), bool)
    pixels = [np.argwhere(labels == label) for label in range(1, count + 1)]
    for i, own in enumerate(pixels):
        center = own[:, 1:].mean(0)
        lives = {int(time) + step for time in own[:, 0] for step in (-1, 0, 1)}
        for j, other in enumerate(pixels):
            near = ((other[:, 1:] - center) ** 2).sum(1) <= radius**2
            near &= np.isin(other[:, 0], list(lives))
            offsets = other[:, None] - own[None]
            same = offsets[..., 0] == 0
            touch = same & ((offsets[..., 1:] ** 2).sum(-1) <= 4)
            table[i, j] = i != j and bool(near.any() or touch.any())
    return table


def test_table_is_that_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        labels = np.zeros((3, 24, 30), np.int64)
        for label in range(1, 6):
            y, x = rng.integers(0, 20, 2)
            begin = rng.integers(0, 3)
            labels[begin:, y : y + 4, x : x + 5] = label
        _, labels = np.unique(labels, return_inverse=True)
        labels = labels.reshape(3, 24, 30)
        for radius in (0.0, 6.5, 12.0):
            expected = by_definition(labels, radius)
            assert np.array_equal(neighbor_table(labels, radius), expected)


def test_touching_cells_are_neighbors_at_any_radius() -> None:
    table = neighbor_table(CASES["touching"]().labels.astype(np.int64), 0.0)
    assert table.tolist() == [[False, True], [True, False]]


def test_clip_without_objects_has_an_empty_table() -> None:
    assert neighbor_table(np.zeros((2, 8, 8), np.int64), 10.0).shape == (0, 0)
