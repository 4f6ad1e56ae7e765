import numpy as np
import torch
from cases import CASES

from napari_asist.embedding.augment import vary_intensity, warp, warp_grid
from napari_asist.embedding.settings import AugmentationSettings

STILL = AugmentationSettings(
    rotation=0,
    scale=0,
    elastic=0,
    gamma=0,
    clip_shift=0,
    clip_scale=0,
    frame_shift=0,
    frame_scale=0,
)


def test_without_variation_only_flips_are_left() -> None:
    labels = CASES["division"]().labels[:, :40, :40].astype(np.int32)
    images = labels.astype(np.float32)
    views = set()
    for seed in range(20):
        grid = warp_grid(len(labels), 40, STILL, np.random.default_rng(seed))
        warped, chosen = warp(images, labels, (19.5, 19.5), grid)
        torch.testing.assert_close(warped, chosen.float(), atol=1e-3, rtol=0)
        views.add(chosen.numpy().tobytes())
    flips = {(rows, columns) for rows in (1, -1) for columns in (1, -1)}
    expected = {
        np.ascontiguousarray(labels[:, ::rows, ::columns]).astype(np.int64).tobytes()
        for rows, columns in flips
    }
    assert views == expected


def test_images_and_labels_move_together() -> None:
    labels = CASES["good"]().labels.astype(np.int32)
    images = np.where(labels > 0, 1, -1).astype(np.float32)
    rng = np.random.default_rng(4)
    grid = warp_grid(len(labels), 32, AugmentationSettings(), rng)
    warped, chosen = warp(images, labels, (20.0, 24.0), grid)
    agree = ((warped > 0) == (chosen > 0)).float().mean()
    assert agree > 0.98
    assert len(np.unique(chosen.numpy())) > 1


def test_outside_of_the_video_is_dark_background() -> None:
    labels = np.ones((2, 10, 10), np.int32)
    images = np.ones((2, 10, 10), np.float32)
    grid = warp_grid(2, 40, STILL, np.random.default_rng(0))
    warped, chosen = warp(images, labels, (4.5, 4.5), grid)
    assert int((chosen > 0).sum()) == 2 * 100
    assert warped[0, 0, 0] == -1


def test_elastic_deformation_drifts_slowly_in_time() -> None:
    settings = STILL.changed(elastic=10)
    grid = warp_grid(8, 64, settings, np.random.default_rng(1))
    steps = (grid[1:] - grid[:-1]).abs().max()
    assert 0 < steps < 12


def test_no_intensity_variation_changes_nothing() -> None:
    images = torch.linspace(-1, 1, 32).reshape(2, 4, 4)
    varied = vary_intensity(images, STILL, np.random.default_rng(0))
    torch.testing.assert_close(varied, images)


def test_intensities_vary_by_clip_and_a_little_by_frame() -> None:
    images = torch.zeros(8, 4, 4)
    settings = AugmentationSettings(gamma=0)
    levels = torch.stack(
        [
            vary_intensity(images, settings, np.random.default_rng(seed))[:, 0, 0]
            for seed in range(50)
        ]
    )
    assert levels.mean(1).std() > 0.2
    assert 0.01 < levels.std(1).mean() < 0.1
    noisy = settings.changed(noise=0.5)
    assert (
        vary_intensity(images, noisy, np.random.default_rng(0)).std(dim=(1, 2)).min()
        > 0
    )
