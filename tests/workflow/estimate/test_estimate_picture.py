from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from tiny import write_tiny_video
from unmeasured_cases import UNMEASURED, clean

from napari_asist.estimation.estimate import estimate_simulator
from napari_asist.events import result_of
from napari_asist.scaling import ScalingSettings, background_of
from napari_asist.video import open_video, video_of
from napari_asist.workflow.estimate import picture
from napari_asist.workflow.estimate.picture import write_estimate_picture
from napari_asist.workflow.prepared import prepared
from napari_asist.workflow.recipe import make_recipe


@pytest.mark.parametrize("kind", ["nuclei", "microvilli"])
def test_the_picture_shows_frames_and_outlines(tmp_path: Path, kind: str) -> None:
    frames = open_video(write_tiny_video(tmp_path / "cells.tif")).frames
    estimate = estimate_simulator(frames, kind, 4)
    write_estimate_picture(estimate, [video_of(frames)], tmp_path / "estimate.png")
    picture = imread(tmp_path / "estimate.png")[..., :3]
    upper = picture[: len(picture) // 2]
    # Frames are gray; outlines are not.
    assert (np.ptp(upper, axis=-1) > 0.4).mean() > 0.005


@pytest.mark.parametrize("window", [40, 0])
def test_the_subtracted_background_is_shown_as_gray_as_the_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    drawn: list[Figure] = []

    def keep(figure: Figure, _: Path) -> None:
        drawn.append(figure)

    monkeypatch.setattr(picture, "save_picture", keep)
    frames = np.asarray(open_video(write_tiny_video(tmp_path / "cells.tif")).frames)
    frames = frames + np.linspace(0, 900, 64).astype(frames.dtype)
    estimate = estimate_simulator(frames, "nuclei", 4)
    settings = ScalingSettings(background_window=window)
    write_estimate_picture(
        estimate, [video_of(frames)], tmp_path / "estimate.png", settings
    )

    panels = {
        axes.get_title() or axes.get_title("left"): axes for axes in drawn[0].axes
    }
    recorded = next(title for title in panels if title.endswith("as recorded"))
    frame = frames[int(recorded.split()[1])]
    background = background_of(frame, window)
    low, high = (f"{level:.4g}" for level in (background.min(), background.max()))
    span = f"{low} to {high}" if window else low
    alone = panels[f"its local background, {span} counts"].images[0]
    whole = panels[recorded].images[0]
    assert alone.get_clim() == whole.get_clim()
    grays = np.asarray(whole.get_array()), np.asarray(alone.get_array())
    # Gray represents the same counts in both.
    order = np.argsort(grays[0].ravel())
    expected = np.interp(background, frame.ravel()[order], grays[0].ravel()[order])
    np.testing.assert_allclose(grays[1], expected, atol=0.02)

    section = panels["counts along the dashed line"].lines
    row = int(np.asarray(panels[recorded].lines[0].get_ydata())[0])
    np.testing.assert_allclose(np.asarray(section[0].get_ydata()), frame[row])
    np.testing.assert_allclose(
        np.asarray(section[1].get_ydata()), background[row], rtol=1e-5
    )


def test_one_frame_has_a_picture_too(tmp_path: Path) -> None:
    frames = open_video(write_tiny_video(tmp_path / "cells.tif")).frames[:1]
    estimate = estimate_simulator(frames, "nuclei")
    write_estimate_picture(estimate, [video_of(frames)], tmp_path / "estimate.png")
    assert imread(tmp_path / "estimate.png").shape[1] > 1000


def test_outlines_are_those_of_the_counted_objects(tmp_path: Path) -> None:
    frames = open_video(write_tiny_video(tmp_path / "cells.tif")).frames
    estimate = estimate_simulator(frames, "nuclei", 4)
    for time, count in zip(estimate.times, estimate.counts, strict=True):
        objects = estimate.outlines(np.asarray(frames[time]))
        assert objects.max() == count


def test_regions_that_are_no_measurement_are_hatched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []

    def keep(figure: Figure, _: Path) -> None:
        drawn.append(figure)

    monkeypatch.setattr(picture, "save_picture", keep)
    frames = UNMEASURED["round field"](UNMEASURED["never written"](clean()[:6]))[::-1]
    videos = result_of(prepared([video_of(frames)], make_recipe()))
    estimate = estimate_simulator(videos[0].frames, "nuclei", 4)
    write_estimate_picture(estimate, videos, tmp_path / "estimate.png")
    titled = [axes for axes in drawn[0].axes if " objects" in axes.get_title()]
    # The first six of the recorded frames were never written.
    assert titled[0].get_title().startswith("frame 6:")
    for axes in titled:
        assert any(getattr(part, "hatches", None) for part in axes.collections)
