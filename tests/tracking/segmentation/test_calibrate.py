import numpy as np
import pytest
from cases import CASES
from numpy.typing import NDArray
from synthetic_embeddings import directions, video_and_embedder

from napari_asist.errors import AsistError
from napari_asist.events import Event, Finished, Note, Progress, result_of
from napari_asist.tracking.segmentation import instances
from napari_asist.tracking.segmentation.calibrate import (
    LEVELS,
    calibrate_level,
    fits,
    foreground_overlap,
)
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings(window=2)
Labels = NDArray[np.unsignedinteger]


def wide_embedder(labels: Labels, reach: int) -> NDArray[np.float32]:
    """Embed objects with a rim that hardly differs from the background."""
    from scipy.ndimage import grey_dilation

    wide = grey_dilation(labels, (1, 2 * reach + 1, 2 * reach + 1))
    rim = (wide > 0) & (labels == 0)
    vectors = directions(int(labels.max()), 16, seed=0)
    image = vectors[wide]
    image[rim] = np.sqrt(0.6) * image[rim] + np.sqrt(0.4) * vectors[0]
    return np.moveaxis(image, -1, 1)


@pytest.mark.parametrize(("reach", "below"), [(0, 1.0), (2, 0.4)])
def test_the_level_cuts_off_a_rim_that_is_not_an_object(
    reach: int, below: float
) -> None:
    labels = CASES["good"]().labels
    frames, _ = video_and_embedder(labels)

    def embed(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        return wide_embedder(labels[np.round(clip[:, 0, 0]).astype(int)], reach)

    level, curve = result_of(calibrate_level(frames, labels, embed, SETTINGS))
    assert level is not None
    assert level <= below
    assert [point.level for point in curve] == list(LEVELS)
    chosen = next(point for point in curve if point.level == level)
    assert (chosen.overlap, chosen.area) == (1, 1)
    assert reach == 0 or curve[-1].area > 1.5


def test_a_video_without_objects_is_rejected() -> None:
    frames, embed = video_and_embedder(np.zeros((4, 20, 20), np.uint16))
    labels = np.zeros((4, 20, 20), np.uint16)
    with pytest.raises(AsistError, match="no object"):
        result_of(calibrate_level(frames, labels, embed, SETTINGS))


def test_progress_counts_clips() -> None:
    labels = CASES["good"]().labels
    frames, embed = video_and_embedder(labels)
    seen: list[Event] = []
    result_of(calibrate_level(frames, labels, embed, SETTINGS), seen.append)
    assert [event.done for event in seen if isinstance(event, Progress)] == [1, 2, 3]
    assert isinstance(seen[-1], Finished)


def test_what_outlines_nothing_is_not_clustered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = CASES["good"]().labels
    frames, _ = video_and_embedder(labels)
    rng = np.random.default_rng(0)

    def embed(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        shape = (len(clip), 16, *clip.shape[1:])
        vectors: NDArray[np.float64] = rng.standard_normal(shape)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float32)

    clustered: list[object] = []
    monkeypatch.setattr(instances, "cluster", lambda *given: clustered.append(given))
    seen: list[Event] = []
    work = calibrate_level(frames, labels, embed, SETTINGS)
    assert result_of(work, seen.append) == (None, [])
    assert clustered == []
    (note,) = (event for event in seen if isinstance(event, Note))
    assert "raise embedding.steps" in note.message
    assert isinstance(seen[-1], Finished)


def test_the_foregrounds_overlap_is_that_of_the_best_level() -> None:
    truth = np.array([[[1, 1, 0, 0]]], np.uint16)
    square = np.array([0.1, 0.65, 0.68, 0.9])
    embedding = np.sqrt(square)[None, None, None].astype(np.float32)
    # One of two pixels, or three with one too many.
    assert foreground_overlap(embedding, truth) == pytest.approx(0.8)
    assert foreground_overlap(embedding * 0 + 1, truth * 0) == 1


def test_half_an_object_is_not_found() -> None:
    truth = np.array([[1, 1, 1, 1, 0, 2, 2]], np.uint16)
    found = np.array([[7, 7, 0, 0, 5, 5, 5]], np.int32)
    assert fits(truth, found) == [(0.0, 0.0), (pytest.approx(2 / 3), 1.5)]
