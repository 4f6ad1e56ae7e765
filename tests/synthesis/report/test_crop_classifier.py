from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from look_frames import SCALING, discs, observed
from skimage.io import imread

from napari_asist.synthesis.report.crop_classifier import (
    classified_crops,
    crop_features,
)
from napari_asist.synthesis.report.detected import ObservedFrames
from napari_asist.synthesis.report.telltale import write_telltale


def frames(seed: int, softness: float = 1.0, noise: float = 8.0) -> ObservedFrames:
    levels = np.random.default_rng(seed).uniform(150, 600, 36)
    images = [
        discs(
            100 * seed + number, levels=levels.tolist(), softness=softness, noise=noise
        )
        for number in range(6)
    ]
    return observed(images, 8.0)


@pytest.fixture(scope="module")
def real() -> ObservedFrames:
    return frames(1)


def test_crops_of_similar_frames_cannot_be_distinguished(real: ObservedFrames) -> None:
    found = classified_crops(real, frames(2), SCALING)
    # 432 crops: the standard error is .024.
    assert found.accuracy == pytest.approx(0.5, abs=0.1)
    assert len(found.real) == len(found.synthetic) == 216
    assert found.accuracy == classified_crops(real, frames(2), SCALING).accuracy


def test_blurred_crops_are_identified_by_their_edges(
    real: ObservedFrames, tmp_path: Path
) -> None:
    found = classified_crops(real, frames(2, softness=2.5), SCALING)
    assert found.accuracy > 0.95
    assert (np.diff(found.sure_synthetic) <= 0).all(), "the surest come first"
    assert found.sure_real[0] > 0.95
    assert found.real.shape[1:] == (32, 32), "four typical radii"
    steep = [crop_features(part)[1] for part in (found.real, found.synthetic)]
    names = np.array(crop_features(found.real[:1])[0])
    steepest = np.flatnonzero(names == "edges")[-1]
    assert steep[0][:, steepest].min() > steep[1][:, steepest].max()
    write_telltale(tmp_path / "crops.png", found)
    picture = imread(tmp_path / "crops.png")
    assert picture.shape[1] > picture.shape[0] > 300
    assert np.ptp(picture[..., 0]) > 200


def test_noise_gives_crops_away(real: ObservedFrames) -> None:
    found = classified_crops(real, frames(2, noise=11.0), SCALING)
    assert found.accuracy > 0.95
    assert "noise" in found.by


def test_few_crops_give_no_result(real: ObservedFrames, tmp_path: Path) -> None:
    few = replace(real, detections=tuple(part[:3] for part in real.detections))
    found = classified_crops(few, real, SCALING)
    assert np.isnan(found.accuracy)
    (tmp_path / "crops.png").touch()
    write_telltale(tmp_path / "crops.png", found)
    assert not (tmp_path / "crops.png").exists()
