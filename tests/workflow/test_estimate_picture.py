from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from tiny import write_tiny_video

from napari_asist.simulation.estimate import estimate_simulator
from napari_asist.video import open_video
from napari_asist.workflow.estimate_picture import write_estimate_picture


@pytest.mark.parametrize("kind", ["hela", "microvilli"])
def test_the_picture_shows_frames_and_outlines(tmp_path: Path, kind: str) -> None:
    frames = open_video(write_tiny_video(tmp_path / "cells.tif")).frames
    estimate = estimate_simulator(frames, kind, 4)  # type: ignore[arg-type]
    write_estimate_picture(estimate, frames, tmp_path / "estimate.png")
    picture = imread(tmp_path / "estimate.png")[..., :3]
    upper = picture[: len(picture) // 2]
    # Frames are gray, and outlines are not.
    assert (np.ptp(upper, axis=-1) > 0.4).mean() > 0.005


def test_one_frame_has_a_picture_too(tmp_path: Path) -> None:
    frames = open_video(write_tiny_video(tmp_path / "cells.tif")).frames[:1]
    estimate = estimate_simulator(frames, "hela")
    write_estimate_picture(estimate, frames, tmp_path / "estimate.png")
    assert imread(tmp_path / "estimate.png").shape[1] > 1000


def test_outlines_are_those_that_were_counted(tmp_path: Path) -> None:
    frames = open_video(write_tiny_video(tmp_path / "cells.tif")).frames
    estimate = estimate_simulator(frames, "hela", 4)
    for time, count in zip(estimate.times, estimate.counts, strict=True):
        objects = estimate.outlines(np.asarray(frames[time]))
        assert objects.max() == count
