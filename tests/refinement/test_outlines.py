import numpy as np
import pytest
from numpy.typing import NDArray
from refinement_scenes import clip, mean_jaccard

from napari_asist.blur import blurred
from napari_asist.estimation.drawn_borders import DrawnBorder, redrawn
from napari_asist.events import result_of
from napari_asist.refinement.outlines import DrawnOutlines
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.scaling import IntensityScaling

NOISE = 10.0
SCALING = IntensityScaling(128, 4 * NOISE, -0.5, 4.5, NOISE)
OUTLINES = DrawnOutlines(SCALING, DrawnBorder(None, SCALING.softness))
LEVELS = np.array([0, 60, 150, 500, 2000])


def discs(radius: float) -> NDArray[np.uint16]:
    y, x = np.indices((48, 192))
    labels = np.zeros(y.shape, np.uint16)
    for label in range(1, 5):
        labels[np.hypot(y - 24, x - 48 * label + 24) < radius] = label
    return labels


def frame(light: NDArray[np.float32]) -> NDArray[np.float32]:
    noise = NOISE * np.random.default_rng(0).standard_normal(light.shape)
    return np.maximum(SCALING.of_counts(light + noise), -1)


def sizes(labels: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    return np.bincount(labels.ravel(), minlength=5)[1:]


@pytest.mark.parametrize("radius", [10, 12, 14])
def test_outlines_end_where_people_draw_whatever_they_were(radius: float) -> None:
    light = blurred(LEVELS[discs(12)].astype(np.float32), 2)
    truth = redrawn(light, discs(12), OUTLINES.border)
    drawn = OUTLINES.drawn(frame(light), discs(radius))
    assert sizes(drawn) / sizes(truth) == pytest.approx(1, abs=0.12)
    assert drawn.dtype == np.uint16


def test_objects_lost_in_the_noise_keep_their_outline() -> None:
    light = blurred(LEVELS[discs(12)].astype(np.float32), 2)
    light[:, :48] = 0
    light[:, 48:96] *= 0.03
    labels = discs(13)
    drawn = OUTLINES.drawn(frame(light), labels)
    for label in (1, 2):
        np.testing.assert_array_equal(drawn == label, labels == label)


def test_refinement_draws_outlines_where_its_settings_ask() -> None:
    video, images, masks = clip()
    plain = RefinementSettings(deformation="watershed")
    refined, drawn, unrequested = (
        result_of(refine_video(video, images, masks, settings, 0, outlines=given))
        for settings, given in (
            (plain, None),
            (plain.changed(outlines=True), OUTLINES),
            (plain, OUTLINES),
        )
    )
    np.testing.assert_array_equal(unrequested.video.labels, refined.video.labels)
    assert not drawn.video.faults()
    np.testing.assert_array_equal(drawn.video.tracks, refined.video.tracks)
    assert (drawn.video.labels != refined.video.labels).any()
    for one, other in zip(drawn.video.labels, refined.video.labels, strict=True):
        assert mean_jaccard(one, other) > 0.8
