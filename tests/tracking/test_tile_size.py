"""A trained network finds the same objects however a frame is divided into tiles."""

import numpy as np
import pytest
import torch
from cases import Labels
from numpy.typing import NDArray
from synthetic_embeddings import Unscaled

from napari_asist.embedding.clips import ClipSource
from napari_asist.embedding.embedder import Embed, embedder
from napari_asist.embedding.settings import AugmentationSettings, EmbeddingSettings
from napari_asist.embedding.train import EmbeddingTraining
from napari_asist.events import result_of
from napari_asist.labels import LabelVideo
from napari_asist.tracking.segmentation.regions import overlaps
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import track_video

SHAPE = (124, 168)
SIDE = 12
STEPS = 500
TOLERANCE = 0.95
"""Minimum fraction of the objects shared by two tile sizes."""
NETWORK = EmbeddingSettings(
    channels=8,
    levels=3,
    dimensions=8,
    frames=2,
    patch=48,
    steps=STEPS,
    learning_rate=5e-3,
    schedule="cosine",
    pull="linear",
    balanced_background=False,
    neighbor_radius=20,
    augmentation=AugmentationSettings(elastic=0, rotation=0, scale=0.1),
    device="cpu",
)


def squares() -> Labels:
    """Squares on a loose grid; all move right."""
    rng = np.random.default_rng(0)
    labels = np.zeros((3, *SHAPE), np.uint16)
    for label, (row, column) in enumerate(np.ndindex(7, 9), 1):
        y, x = 17 * row + rng.integers(4), 18 * column + rng.integers(4)
        for time, frame in enumerate(labels):
            frame[y : y + SIDE, x + time : x + time + SIDE] = label
    return labels


def frames_of(labels: Labels) -> NDArray[np.float32]:
    """Draw each square with its own brightness, so that the network can learn."""
    level = np.random.default_rng(2).choice([-0.3, 0.1, 0.5, 0.9], labels.max() + 1)
    level[0] = -0.9
    noise = np.random.default_rng(1).normal(0, 0.05, labels.shape)
    frames: NDArray[np.float32] = (level[labels] + noise).astype(np.float32)
    return frames


@pytest.fixture(scope="module")
def embed() -> Embed:
    labels = squares()
    training = EmbeddingTraining(
        ClipSource([(frames_of(labels), LabelVideo(labels))], NETWORK), NETWORK, 0
    )
    for number in range(STEPS):
        training.step(number)
    return embedder(training.network, NETWORK, torch.device("cpu"))


def tracked(embed: Embed, tile: int, overlap: int = 32) -> Labels:
    settings = TrackingSettings(
        window=2, tile=tile, overlap=overlap, bandwidth=0.3, radius=10, seed_spacing=3
    )
    found = track_video(frames_of(squares()), embed, Unscaled(), settings)
    return result_of(found).labels


def shared(one: Labels, other: Labels) -> float:
    """Return the fraction of the objects of both that have a counterpart."""
    agreeing = [
        np.count_nonzero(overlaps(a, b).iou > 0.7)
        for a, b in zip(one, other, strict=True)
    ]
    counts = [len(np.unique(frame)) - 1 for frame in (*one, *other)]
    return 2 * sum(agreeing) / sum(counts)


def test_the_network_finds_the_objects(embed: Embed) -> None:
    assert shared(squares(), tracked(embed, tile=0)) > 0.8


@pytest.mark.parametrize("tile", [64, 96, 128])
def test_the_result_does_not_depend_on_the_tiles(embed: Embed, tile: int) -> None:
    assert shared(tracked(embed, tile=0), tracked(embed, tile)) > TOLERANCE
