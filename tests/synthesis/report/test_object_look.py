import numpy as np
import pytest
from look_frames import CENTERS, RADIUS, SCALING, SIDE, discs, observed

from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.synthesis.report.object_look import (
    appearance_of,
    irregularity,
    touching_pairs,
)


@pytest.mark.parametrize(("waves", "count"), [(0, 5), (0.1, 5), (0.2, 5), (0.2, 3)])
def test_irregularity_is_the_mean_deviation_of_the_radius(
    waves: float, count: int
) -> None:
    y, x = np.indices((200, 400)) - 100
    radius = 60 * (1 + waves * np.cos(count * np.arctan2(y, x)))
    objects = (np.hypot(y, x) <= radius).astype(np.int32)
    # An ellipse next to it has no irregularity, however long it is.
    objects[np.hypot(y / 30, (x - 180) / 80) <= 1] = 2
    # The mean of |cos| is 2 / π.
    assert irregularity(objects) == pytest.approx([2 * waves / np.pi, 0], abs=0.004)


def test_pairs_that_touch_are_counted_once() -> None:
    objects = np.zeros((40, 60), np.int32)
    objects[5:15, 5:15], objects[5:15, 15:25] = 1, 2
    objects[16:30, 5:25] = 3  # one pixel below both
    objects[5:15, 27:37] = 4  # two pixels beside 2
    objects[5:15, 40:50] = 5  # three pixels beside 4
    assert touching_pairs(objects).tolist() == [[1, 2], [1, 3], [2, 3], [2, 4]]
    assert len(touching_pairs(np.zeros((9, 9), np.int32))) == 0


def test_drawn_pairs_irregular_outlines_and_neighbors_are_measured() -> None:
    # Every second disc has a partner that touches it, three times as bright.
    alone, paired = CENTERS[::2], CENTERS[1::2]
    partners = [(y, x + 1.9 * RADIUS) for y, x in paired if x < SIDE - 50]
    centers = [*alone, *paired, *partners]
    levels = [*[300.0] * len(alone), *[300.0] * len(paired), *[900.0] * len(partners)]
    frames = [discs(seed, centers, levels, jitter=0) for seed in range(2)]
    look = appearance_of(observed(frames))
    assert look.touching.tolist() == [len(partners)] * 2
    is_partner = ~look.table["single"]
    assert is_partner.sum() == 4 * len(partners)
    ratios = look.table["neighbor"][is_partner]
    assert np.median(ratios) == pytest.approx(3, rel=0.15)
    round_ones = look.table[look.table["single"]]
    waves = appearance_of(observed([discs(seed, waves=0.15) for seed in range(2)]))
    singles = waves.table[waves.table["single"]]
    assert np.median(round_ones["irregularity"]) < 0.03
    assert np.median(singles["irregularity"]) == pytest.approx(0.3 / np.pi, abs=0.03)


def test_profiles_and_texture_are_parts_of_the_brightness() -> None:
    radius = observed([discs(0)]).radius
    one, double, soft = (
        appearance_of(observed([discs(0, levels=[level], softness=blur)], radius)).table
        for level, blur in ((300, 1), (600, 1), (300, 3))
    )
    profile = np.median(one["profile"], axis=0)
    assert profile[0] > 0.95, "in the middle"
    assert profile[-1] < 0.05, "well outside"
    assert (np.diff(profile) < 0).all()
    assert np.median(double["profile"], axis=0) == pytest.approx(profile, abs=0.1)
    slower = np.median(soft["profile"], axis=0)
    assert slower[2] < profile[2] - 0.1, "just inside of the border"
    assert slower[4] > profile[4] + 0.05, "outside"
    texture = [np.median(table["texture"][:, 0]) for table in (one, double)]
    assert texture[0] == pytest.approx(2 * texture[1], rel=0.2), "only noise"


def test_the_rim_is_as_wide_as_an_object() -> None:
    at_edge = [(10.0, 40.0 + 40 * number) for number in range(5)]
    inside = [(144.0, 40.0 + 40 * number) for number in range(5)]
    look = appearance_of(observed([discs(0, [*at_edge, *inside], jitter=0)]))
    assert look.table["at_rim"].sum() == 5
    width = 2 * look.radius
    assert look.rim_area == pytest.approx(SIDE**2 - (SIDE - 2 * width) ** 2, abs=1)
    assert look.at(np.array([0])).area == SIDE**2


def test_rendered_nuclei_are_as_irregular_as_they_were_simulated() -> None:
    def median(irregular: float) -> float:
        settings = NucleiSettings(
            height=256,
            width=256,
            frames=1,
            objects=20,
            overlap=1.4,
            mitoses=0,
            appearing=0,
            disappearing=0,
            shape={"kind": "star", "irregularity": irregular},
        )
        frames = render_video(simulate_video(settings, 1), MicroscopeSettings(), 1)
        look = appearance_of(observed([SCALING.apply(frames[0])]))
        return float(np.median(look.table["irregularity"]))

    assert median(0.25) > 1.5 * median(0.0)
