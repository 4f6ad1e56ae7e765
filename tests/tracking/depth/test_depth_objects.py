from dataclasses import replace

import numpy as np
import pytest
from depth_cases import disc, maps_of

from napari_asist.depth.maps import Maps
from napari_asist.errors import AsistError
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.objects import Segmented, segment
from napari_asist.tracking.depth.settings import DepthTrackingSettings

SHAPE = (160, 200)
GRID = Grid(SHAPE, SHAPE, 13.0)
SETTINGS = DepthTrackingSettings()


def frame(*places: tuple[float, float, float]) -> np.ndarray:
    labels = np.zeros(SHAPE, np.uint16)
    for label, (y, x, radius) in enumerate(places, 1):
        disc(labels, label, y, x, radius)
    return labels


def found(maps: Maps, settings: DepthTrackingSettings = SETTINGS) -> Segmented:
    return segment(maps, GRID, settings)


def test_areas_centers_and_peaks() -> None:
    labels = frame((40.5, 50.5, 12), (100, 150, 9))
    objects = found(maps_of(labels))
    assert len(objects) == 2
    assert objects.centers == pytest.approx(np.array([[40.5, 50.5], [100, 150]]), abs=1)
    truth = np.bincount(labels.ravel())[1:]
    assert objects.areas == pytest.approx(truth, rel=0.05)
    assert objects.labels[tuple(objects.peaks.T)].tolist() == [1, 2]


def test_a_hole_is_filled() -> None:
    labels = frame((80, 100, 14))
    maps = maps_of(labels)
    hollow = maps.foreground.copy()
    hollow[79:82, 104:107] = -3
    maps = replace(maps, foreground=hollow)
    assert found(maps).labels[80, 105] == 1
    assert found(maps, SETTINGS.changed(fill_holes=False)).labels[80, 105] == 0


def test_small_objects_are_dropped_unless_the_edge_cuts_them() -> None:
    labels = frame((80, 100, 3.2), (80, -8, 11))
    objects = found(maps_of(labels, level=20))
    assert len(objects) == 1
    assert objects.centers[0, 1] < 3


def test_confidence_falls_with_every_doubt() -> None:
    labels = frame((40, 50, 12), (40, 150, 12), (120, 50, 12), (120, 150, 12))
    maps = maps_of(labels)
    signal, foreground, depth = (
        maps.signal.copy(),
        maps.foreground.copy(),
        maps.depth.copy(),
    )
    signal[:80, 100:] /= 5
    foreground[80:, :100] = np.minimum(foreground[80:, :100], 0.5)
    depth[40:, 50:] *= 0.4
    maps = replace(maps, signal=signal, foreground=foreground, depth=depth)
    clear = found(maps).confidence
    assert clear[0] > 0.95
    assert (clear[1:] < 0.7).all()
    assert (clear[1:] > 0).all()


def test_an_uneven_background_requires_more_contrast() -> None:
    labels = frame((80, 100, 12))
    maps = maps_of(labels, level=3)
    rng = np.random.default_rng(1)
    clouds = np.kron(rng.normal(size=(8, 10)), np.ones((20, 20))).astype(np.float32)
    uneven = replace(maps, signal=maps.signal + 2 * clouds * (labels == 0))
    settings = SETTINGS.changed(least_contrast=-9)
    even = found(maps, settings).confidence[0]
    assert found(uneven, settings).confidence[0] < 0.8 * even


def test_objects_that_fill_the_frame_have_no_surroundings() -> None:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    labels = (1 + rows // 20 * 10 + columns // 20).astype(np.uint16)
    objects = found(maps_of(labels))
    assert len(objects) == 80
    assert (objects.confidence > 0.5).all()


def test_maps_of_other_shapes_are_rejected() -> None:
    maps = maps_of(frame((80, 100, 12)))
    with pytest.raises(AsistError, match="shapes"):
        replace(maps, signal=maps.signal[:-1])
