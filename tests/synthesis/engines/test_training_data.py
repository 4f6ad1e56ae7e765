import numpy as np
import pytest
import torch

from napari_asist.errors import AsistError
from napari_asist.synthesis.engines.training_data import CropSource, random_crop


def test_crops_are_parts_of_the_frame_in_all_eight_views() -> None:
    frame = torch.arange(64.0).reshape(8, 8)
    rng = np.random.default_rng(0)
    views = {random_crop(frame, 8, rng).numpy().tobytes() for _ in range(200)}
    assert len(views) == 8
    assert {np.sort(np.frombuffer(view, np.float32)).tobytes() for view in views} == {
        frame.numpy().tobytes()
    }


def test_every_place_is_reached() -> None:
    frame = torch.arange(36.0).reshape(6, 6)
    rng = np.random.default_rng(0)
    corners = {float(random_crop(frame, 4, rng).min()) for _ in range(200)}
    assert len(corners) == 9


def test_small_frames_are_mirrored_up() -> None:
    crop = random_crop(torch.ones(5, 20), 16, np.random.default_rng(0))
    assert crop.shape == (16, 16)
    assert (crop == 1).all()


def test_batches_repeat_with_the_seed() -> None:
    frames = [np.random.default_rng(1).random((20, 20)).astype(np.float32)] * 2
    source = CropSource(frames, 12)
    first, second = (source.batch([np.random.default_rng(5)] * 3) for _ in range(2))
    assert first.shape == (3, 1, 12, 12)
    assert bool((first == second).all())


def test_no_frames_are_rejected() -> None:
    with pytest.raises(AsistError, match="no frame"):
        CropSource([], 12)
