"""Labels that touch never share a color on the canvas."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Labels

from napari_asist.labels import LabelVideo
from napari_asist.plugin.session import session_of
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video

DIFFERENT = 0.1
"""Minimum difference in at least one of red, green and blue, on a scale of 0 to 1."""


def crowded() -> LabelVideo:
    settings = NucleiSettings(
        videos=1, frames=6, height=200, width=200, objects=60, mitoses=4
    )
    return simulate_video(settings, 3)


def touching_pairs(frame: Any) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for one, other in ((frame[:-1], frame[1:]), (frame[:, :-1], frame[:, 1:])):
        touch = (one != other) & (one > 0) & (other > 0)
        pairs.update(zip(one[touch].tolist(), other[touch].tolist(), strict=True))
    return pairs


def assert_distinguishable(layer: Labels | None) -> None:
    assert layer is not None
    count = 0
    for frame in np.asarray(layer.data):
        for pair in touching_pairs(frame):
            one, other = (layer.get_color(label) for label in pair)
            assert np.abs(np.subtract(one, other)).max() > DIFFERENT, pair
            count += 1
    assert count > 10


def merged(video: LabelVideo) -> LabelVideo:
    """Return a video in which each track was merged into the next."""
    labels = video.labels.copy()
    names = video.tracks["label"][::5].tolist()
    for one, other in pairwise(names):
        labels[labels == other] = one
    return LabelVideo(labels)


def test_as_shown_and_as_corrected(qapp: Any) -> None:
    viewer = ViewerModel()
    result = session_of(viewer).result
    video = crowded()
    result.show(video, "result")
    assert_distinguishable(result.labels)
    result.replace(merged(video))
    assert_distinguishable(result.labels)
    result.replace(video)
    assert_distinguishable(result.labels)


@pytest.mark.parametrize("label", [1, 7, 30])
def test_tracks_have_the_color_of_their_labels(qapp: Any, label: int) -> None:
    viewer = ViewerModel()
    result = session_of(viewer).result
    result.show(crowded(), "result")
    assert result.labels is not None
    assert result.tracks is not None
    rows = result.tracks.data[:, 0] == label
    np.testing.assert_allclose(
        result.tracks.track_colors[rows][0], result.labels.get_color(label), atol=1e-3
    )
