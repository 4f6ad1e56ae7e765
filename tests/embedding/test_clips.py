import numpy as np
import pytest
import torch
from cases import CASES, empty

from napari_asist.embedding.clips import ClipSource, shrink
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo

SETTINGS = EmbeddingSettings(levels=2, patch=32, frames=3, neighbor_radius=12)


def as_training(video: LabelVideo) -> tuple[np.ndarray, LabelVideo]:
    return np.where(video.labels > 0, 0.5, -0.8).astype(np.float32), video


def test_clips_have_compact_labels_and_a_matching_table() -> None:
    source = ClipSource([as_training(CASES["division"]())], SETTINGS)
    for seed in range(10):
        clip = source.clip(np.random.default_rng(seed))
        assert clip.images.shape == clip.labels.shape == (3, 32, 32)
        count = int(clip.labels.max())
        assert np.unique(clip.labels.numpy()).tolist() == list(range(count + 1))
        assert clip.neighbors.shape == (count, count)


def test_same_seed_same_clip() -> None:
    source = ClipSource([as_training(CASES["good"]())], SETTINGS)
    first, second = (source.clip(np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.labels, second.labels)


def test_video_shorter_than_a_clip_is_taken_whole() -> None:
    source = ClipSource([as_training(CASES["one_frame"]())], SETTINGS)
    assert source.clip(np.random.default_rng(0)).images.shape == (1, 32, 32)


def test_video_without_objects_gives_background() -> None:
    source = ClipSource([as_training(empty())], SETTINGS)
    clip = source.clip(np.random.default_rng(0))
    assert clip.neighbors.shape == (0, 0)
    assert not clip.labels.any()


def test_object_that_fills_the_frame_is_an_object() -> None:
    video = LabelVideo(np.full((3, 200, 200), 7, np.uint16))
    source = ClipSource([as_training(video)], SETTINGS)
    assert source.clip(np.random.default_rng(0)).labels.max() == 1


def test_smaller_clips_keep_borders_on_average() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.int64)
    labels[:, :, 3:] = 1
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(400):
        images, small = shrink(labels.float(), labels, 2, rng)
        assert images.shape == small.shape == (1, 4, 4)
        areas.append(small.float().mean().item())
    assert np.mean(areas) == pytest.approx(5 / 8, abs=0.02)


def test_no_videos_are_rejected() -> None:
    with pytest.raises(AsistError, match="run the stages synthesize and refine"):
        ClipSource([], SETTINGS)
