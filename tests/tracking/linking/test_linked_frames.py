import numpy as np
import pytest
from cases import CASES
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from synthetic_embeddings import embedding_of

from napari_asist.tracking.linking.linked_frames import Chains
from napari_asist.tracking.segmentation.windows import Piece
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings()


def chained(
    labels: NDArray[np.uint16], settings: TrackingSettings, length: int = 2
) -> NDArray[np.unsignedinteger]:
    """Chain pieces whose labels are shuffled, each differently."""
    chains = Chains(np.zeros_like(labels), settings, None)
    for first in range(0, len(labels) - 1, length - 1):
        part = labels[first : first + length]
        names = np.random.default_rng(first).permutation(int(labels.max())) + 1
        shuffled = np.append(0, names)[part].astype(np.int32)
        chains.add(Piece(first, shuffled, embedding_of(part, seed=first)))
    return chains.labels


@pytest.mark.parametrize("linker", ["assignment", "overlap"])
@pytest.mark.parametrize("length", [2, 3])
@pytest.mark.parametrize("name", ["good", "touching", "at_the_border"])
def test_each_object_keeps_one_name(name: str, length: int, linker: str) -> None:
    truth = CASES[name]().labels
    found = chained(truth, SETTINGS.changed(linker=linker), length)
    pairs = np.unique(np.stack([truth.ravel(), found.ravel()]), axis=1).T
    assert len(pairs) == len(np.unique(truth))


def test_more_tracks_than_16_bits_hold_widen_the_labels() -> None:
    frames = np.zeros((3, 2, 40_000), np.uint16)
    frames[:, 0] = np.arange(1, 40_001)
    frames[2] = frames[2, ::-1]  # all objects are gone, as many are new
    settings = SETTINGS.changed(linker="overlap")
    chains = Chains(np.zeros_like(frames), settings, None)
    embedding = np.zeros((2, 2, 2, 40_000), np.float32)
    for first in (0, 1):
        piece = frames[first : first + 2].astype(np.int32)
        piece[1][piece[1] > 0] += 40_000 * first
        chains.add(Piece(first, piece, embedding))
    assert chains.labels.dtype == np.uint32
    assert chains.labels.max() == 80_000
    assert_array_equal(chains.labels[0], frames[0])
