"""Embeddings of a perfect network with noise, made from known labels."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_asist.scaling import IntensityScaling

Labels = NDArray[np.unsignedinteger]
Embedder = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Unscaled(IntensityScaling):
    """Leaves intensities unchanged, because they identify the frames."""

    def __init__(self) -> None:
        super().__init__(1, 0, 1, 1)

    def apply(self, frame: NDArray[np.generic]) -> NDArray[np.float32]:
        return frame.astype(np.float32)


def directions(n_labels: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    """Return a unit vector per label, orthogonal to the background's, (n+1, D)."""
    vectors = np.random.default_rng(seed).normal(size=(n_labels + 1, dimensions))
    vectors[:, 0] = 0
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = np.eye(dimensions)[0]
    return vectors.astype(np.float32)


def embedding_of(
    labels: Labels,
    dimensions: int = 16,
    noise: float = 0.05,
    blur: float = 0.7,
    seed: int = 0,
    vectors: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Turn labels (T, Y, X) into noisy unit embeddings (T, D, Y, X).

    Borders are blurred, so that their pixels mix the directions of both sides.
    """
    if vectors is None:
        vectors = directions(int(labels.max(initial=0)), dimensions, seed)
    image = np.moveaxis(vectors[labels], -1, 0)
    if blur:
        image = gaussian_filter(image, (0, 0, blur, blur), truncate=2)
    rng = np.random.default_rng(seed + 1)
    image = image + noise * rng.standard_normal(image.shape, np.float32)
    length = np.linalg.norm(image, axis=0)
    return np.asarray(np.moveaxis(image / length, 0, 1), np.float32)


def video_and_embedder(
    labels: Labels, new_vectors_per_window: bool = True, **options: float
) -> tuple[NDArray[np.float32], Embedder]:
    """Return frames identified by their mean, and an embedder of clips of them.

    With `new_vectors_per_window`, an object has a different direction in each clip, as
    for a network that only ensures one direction within a clip.
    """
    frames = np.zeros(labels.shape, np.float32)
    frames += np.arange(len(labels), dtype=np.float32)[:, None, None]

    def embed(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        times = np.round(clip[:, 0, 0]).astype(int)
        seed = int(times[0]) if new_vectors_per_window else 0
        return embedding_of(labels[times], seed=seed, **options)  # type: ignore[arg-type]

    return frames, embed
