from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import VISIBLE_BORDER
from napari_asist.estimation.drawn_borders import drawn_border
from napari_asist.estimation.object_areas import mean_inside
from napari_asist.events import result_of
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.scaling import fit_scaling, subtract_background
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.synthesis.engines.renderer import (
    MICROSCOPE,
    fit_renderer,
    load_renderer,
    render_synthetic,
)
from napari_asist.synthesis.report.detected import observe_video
from napari_asist.synthesis.report.report import report_synthesis
from napari_asist.synthesis.synthetic_video import SyntheticVideo

NUCLEI = NucleiSettings(
    height=192, width=192, frames=2, objects=14, mitoses=0, appearing=0, disappearing=0
)


@cache
def cells() -> LabelVideo:
    return simulate_video(NUCLEI, 1)


@cache
def raw() -> NDArray[np.uint16]:
    return render_video(cells(), MicroscopeSettings(), 1)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "synthesis"
    result_of(fit_renderer(raw(), NUCLEI, folder))
    return folder


def test_frames_look_like_the_videos_on_the_networks_scale(fitted: Path) -> None:
    scaling = fit_scaling(raw())
    drawn = result_of(render_synthetic(cells(), NUCLEI, scaling, fitted, 5))
    assert drawn.images.dtype == np.float32
    assert drawn.images.shape == cells().labels.shape
    assert drawn.images.min() >= -1
    assert drawn.labels is not None
    np.testing.assert_array_equal(drawn.masks, drawn.labels > 0)
    both = np.sum(drawn.masks & (cells().labels > 0))
    assert both / np.sum(drawn.masks | (cells().labels > 0)) > 0.9
    real = np.stack([scaling.apply(frame) for frame in raw()])
    levels = np.linspace(0.02, 0.98, 25)
    apart = np.quantile(real, levels) - np.quantile(drawn.images, levels)
    assert np.abs(apart).mean() < 0.1


def test_its_report_has_no_complaint(fitted: Path) -> None:
    scaling = fit_scaling(raw())
    drawn = result_of(render_synthetic(cells(), NUCLEI, scaling, fitted, 5))
    real = observe_video(raw(), scaling)
    report = report_synthesis(drawn.images, cells(), real, scaling)
    assert report.verdict == "accept"
    assert report.shown == 1
    assert report.stray < 0.05
    assert report.noise == pytest.approx(report.noise_real, rel=0.15)


def test_labels_end_where_people_draw(tmp_path: Path) -> None:
    nuclei = NUCLEI.changed(border=None)
    scaling = fit_scaling(raw())
    fitted = result_of(fit_renderer(raw(), nuclei, tmp_path))
    assert fitted.border == VISIBLE_BORDER, "all are rendered alike"
    drawn = result_of(render_synthetic(cells(), nuclei, scaling, tmp_path, 5))
    labeled = drawn.annotation(cells()).checked()
    counts = subtract_background(scaling.to_counts(drawn.images[0]), 128)
    level = mean_inside(counts, cells().labels[0])
    names = np.unique(cells().labels[0])[1:]
    names = names[np.argsort(level[names])]
    sizes = [
        np.bincount(v.labels[0].ravel(), minlength=names.max() + 1)
        for v in (labeled, cells())
    ]
    growth = sizes[0][names] / sizes[1][names]
    assert np.median(growth[-5:]) > 1.1 * np.median(growth[:5])
    real = observe_video(raw(), scaling)
    border = drawn_border(nuclei, scaling)
    report = report_synthesis(drawn.images, labeled, real, scaling, border=border)
    assert report.verdict == "accept"
    assert 0.1 < report.border < 0.5


def test_tracks_are_cut_where_an_object_shows_no_light() -> None:
    simulated = CASES["good"]()
    labels = simulated.labels.copy()
    assert (labels[1] == 1).any()
    labels[1][labels[1] == 1] = 0
    images = np.zeros(labels.shape, np.float32)
    made = SyntheticVideo(images, labels > 0, labels)
    assert not made.annotation(simulated).faults()
    assert SyntheticVideo(images, labels > 0).annotation(simulated) is simulated


def test_the_seed_decides(fitted: Path) -> None:
    scaling = fit_scaling(raw())
    one, same, other = (
        result_of(
            render_synthetic(CASES["division"](), NUCLEI, scaling, fitted, seed)
        ).images
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_the_simulators_cell_cycle_is_used(tmp_path: Path) -> None:
    cycle = CellCycleSettings(brightness=3)
    settings = result_of(
        fit_renderer(raw()[:1], NUCLEI.changed(cell_cycle=cycle), tmp_path)
    )
    assert settings.cell_cycle == cycle
    assert load_renderer(tmp_path) == settings


def test_a_missing_fit_is_reported(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="fit the renderer first"):
        load_renderer(tmp_path)
    (tmp_path / MICROSCOPE).write_text('{"psf": 1}')
    with pytest.raises(AsistError, match="delete it"):
        load_renderer(tmp_path)
