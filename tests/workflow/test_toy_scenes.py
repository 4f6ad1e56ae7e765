"""Scenes with known answers in each step that processes labels."""

import numpy as np
import pytest
import torch
from cases import SCENES, raw_frames
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from napari_asist.embedding.clips import ClipSource
from napari_asist.embedding.loss import background_loss, embedding_loss
from napari_asist.embedding.settings import AugmentationSettings, EmbeddingSettings
from napari_asist.evaluation import evaluate_videos
from napari_asist.events import result_of
from napari_asist.labels import LabelVideo
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import track_video

DIMENSIONS = 16
STILL = AugmentationSettings(
    rotation=0, scale=0, elastic=0, gamma=0, clip_shift=0, clip_scale=0
)


@pytest.fixture(params=sorted(SCENES))
def scene(request: pytest.FixtureRequest) -> LabelVideo:
    return SCENES[request.param]().checked()


@pytest.mark.parametrize("engine", ["none", "watershed", "nearest", "ants"])
def test_matching_labels_are_not_changed(scene: LabelVideo, engine: str) -> None:
    images = np.where(scene.labels > 0, 0.5, -0.8).astype(np.float32)
    settings = RefinementSettings.model_validate({"deformation": engine})
    work = refine_video(scene, images, scene.labels > 0, settings, 0)
    refined = result_of(work)
    assert_array_equal(refined.video.labels, scene.labels)
    assert_array_equal(refined.video.tracks, scene.tracks)
    assert_array_equal(refined.images, images)
    assert refined.report.kept_fraction == 1


def test_clips_have_losses_and_gradients(scene: LabelVideo) -> None:
    settings = EmbeddingSettings(patch=32, levels=3, frames=2, augmentation=STILL)
    images = np.where(scene.labels > 0, 0.5, -0.8).astype(np.float32)
    clip = ClipSource([(images, scene)], settings).clip(np.random.default_rng(0))
    labels = clip.labels.flatten()
    assert len(clip.neighbors) == labels.max()
    pixels = torch.randn(len(labels), DIMENSIONS, requires_grad=True)
    loss = embedding_loss(pixels, labels, clip.neighbors)
    total = loss + background_loss(pixels, labels)
    total.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(total)
    assert pixels.grad is not None
    assert torch.isfinite(pixels.grad).all()


@pytest.mark.parametrize("linker", ["assignment", "overlap"])
def test_a_good_embedding_reproduces_the_scene(scene: LabelVideo, linker: str) -> None:
    embed = Known(scene)
    settings = TrackingSettings.model_validate(
        {"linker": linker, "minimum_length": 1, "minimum_size": 10}
    )
    frames = np.arange(len(scene), dtype=np.float32)[:, None, None]
    frames = np.broadcast_to(frames, scene.labels.shape)
    found = result_of(track_video(frames, embed, embed, settings))
    assert len(found.tracks) == len(scene.tracks)
    if len(scene.tracks):
        scores = evaluate_videos(scene, found)
        assert (scores.det, scores.tra) == (1, 1)
        assert scores.seg is not None
        assert scores.seg > 0.97


def test_frames_of_the_scene_can_be_scaled(scene: LabelVideo) -> None:
    raw = raw_frames(scene)
    scaled = fit_scaling(raw).apply(raw[0])
    assert np.isfinite(scaled).all()
    assert scaled.min() >= -1
    # Few pixels are brighter than nearly all of the video, and none is clipped.
    assert np.quantile(scaled, 0.99) <= 1


class Known(IntensityScaling):
    """Embeds frames that contain their number by what the scene shows in them."""

    def __init__(self, scene: LabelVideo) -> None:
        self.labels = scene.labels
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(int(scene.labels.max()) + 1, DIMENSIONS))
        vectors[:, 0] = 0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[0] = np.eye(DIMENSIONS)[0]
        self.vectors = vectors.astype(np.float32)

    def apply(self, image: NDArray[np.generic]) -> NDArray[np.float32]:
        return np.asarray(image, np.float32)

    def __call__(self, clip: NDArray[np.float32]) -> NDArray[np.float32]:
        times = clip[:, 0, 0].astype(int)
        return np.ascontiguousarray(
            np.moveaxis(self.vectors[self.labels[times]], -1, 1)
        )
