import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.microscope.processes import Processes
from napari_asist.microscope.render import MicroscopeSettings
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import ProcessSettings
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.shapes import Spindle

STRAIGHT = ProcessSettings(
    chance=1, length_min=20, length_max=20, bend=0, brightness=0.5, thickness=1.5
)


def draw_cell(labels: NDArray[np.uint16], y: int, x: int, angle: float = 0) -> None:
    """Draw an ellipse of 40 × 16 px."""
    dy, dx = np.indices(labels.shape) - np.array([y, x])[:, None, None]
    along = dx * np.cos(angle) - dy * np.sin(angle)
    aside = dx * np.sin(angle) + dy * np.cos(angle)
    labels[(along / 20) ** 2 + (aside / 8) ** 2 < 1] = 1


def cell() -> NDArray[np.uint16]:
    labels = np.zeros((80, 120), np.uint16)
    draw_cell(labels, 40, 60)
    return labels


def test_a_process_continues_where_the_cell_ends() -> None:
    labels, level = cell(), np.array([0, 100], np.float32)
    light = Processes(1, STRAIGHT, np.random.default_rng(0)).light(labels, level)
    tips = np.flatnonzero(light[40] > 1)
    # The cell ends at 40.5 and 79.5; the light fades to the tip.
    assert tips[0] == pytest.approx(21, abs=2)
    assert tips[-1] == pytest.approx(99, abs=2)
    assert light[40, 81] == pytest.approx(50 * 0.85, rel=0.15)
    assert light[40, 81] > light[40, 88] > light[40, 95] > 0
    assert light[48:, :].max() < 1


def test_no_end_has_one_without_a_chance() -> None:
    none = Processes(1, STRAIGHT.changed(chance=0), np.random.default_rng(0))
    assert not none.light(cell(), np.array([0, 100], np.float32)).any()


def test_processes_stay_with_the_ends_of_a_cell_that_turns() -> None:
    one_sided = STRAIGHT.changed(chance=0.5)
    for seed in range(20):
        processes = Processes(1, one_sided, np.random.default_rng(seed))
        if (processes.lengths[1] > 0).sum() == 1:
            break
    level = np.array([0, 100], np.float32)
    before = None
    for angle in np.radians(np.arange(0, 360, 15)):
        labels = np.zeros((120, 120), np.uint16)
        draw_cell(labels, 60, 60, angle)
        light = processes.light(labels, level)
        y, x = np.argwhere(light * (labels == 0) > 1).mean(axis=0) - 60
        if before is not None:
            turned = np.angle(np.exp(1j * (np.arctan2(y, x) - before)))
            assert abs(turned) < np.radians(30)
        before = np.arctan2(y, x)


def test_processes_have_no_label() -> None:
    cells = MicrovilliSettings(
        frames=2,
        height=256,
        width=256,
        objects=12,
        overlap=1.5,
        shape=Spindle(),
        stick_width=16,
        length_mean=40,
        length_min=25,
        length_max=60,
    )
    plain = MicroscopeSettings(read_noise=0, gain=1e-6, unevenness=0, halo=0)
    tails = plain.changed(processes=STRAIGHT.model_dump())
    border = DrawnBorder(0.3, 8.0)
    one, other = (draw_scene(cells, settings, 4, border) for settings in (plain, tails))
    np.testing.assert_array_equal(one.labels.labels, other.labels.labels)
    more = other.counts - one.counts
    assert (more[one.labels.labels == 0] > 20).sum() > 500
    assert more.min() > -1


def test_lengths_ascend() -> None:
    with pytest.raises(ValidationError, match="at most length_max"):
        ProcessSettings(length_min=9, length_max=3)
