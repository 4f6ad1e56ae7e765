"""Two frames tell the kind, the size and the number of objects."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.segmentation import clear_border

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import VISIBLE_BORDER
from napari_asist.estimation.quick_match import quick_match
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import simulate_video


def recorded(
    simulator: SimulatorSettings, radius: float
) -> tuple[NDArray[np.uint16], LabelVideo]:
    truth = simulate_video(simulator, 1)
    microscope = MicroscopeSettings(
        border=VISIBLE_BORDER,
        texture_scale=max(1.0, 0.13 * radius),
        halo_sigma=radius,
    )
    return render_video(truth, microscope, 1), truth


def nuclei(radius: float, side: int, covered: float = 0.15) -> NucleiSettings:
    return NucleiSettings(
        frames=2,
        height=side,
        width=side,
        objects=int(covered * side**2 / (np.pi * radius**2)),
        rim=round(2 * radius),
        appearing=0,
        disappearing=0,
        mitoses=0,
        radius_mean=radius,
        radius_sd=0.1 * radius,
        radius_min=max(2, 0.6 * radius),
        radius_max=1.4 * radius,
        move=0.2 * radius,
        overlap=1,
        elongation=0.2,
    )


@pytest.mark.parametrize(
    ("radius", "side"), [(5, 300), (5, 700), (13, 400), (13, 800), (30, 700)]
)
def test_count_and_radius_at_any_magnification(radius: float, side: int) -> None:
    frames, truth = recorded(nuclei(radius, side), radius)
    match = quick_match(frames)
    whole = clear_border(truth.labels[0])  # type: ignore[no-untyped-call]
    areas = np.bincount(whole.ravel())[1:]
    true_radius = np.sqrt(np.median(areas[areas > 0]) / np.pi)
    present = np.mean([len(np.unique(frame)) - 1 for frame in truth.labels])
    assert match.kind == "nuclei"
    assert match.radius == pytest.approx(true_radius, rel=0.1)
    assert match.objects == pytest.approx(present, rel=0.15)
    assert match.simulator.field == (side, side)
    assert match.simulator.objects == round(match.objects)
    assert isinstance(match.simulator, NucleiSettings)
    assert match.simulator.radius_mean == pytest.approx(match.radius, rel=0.1)
    assert match.displacement == pytest.approx(0.2 * radius * 0.8, rel=0.4)


def test_clusters_in_an_empty_field_are_not_extended_to_all_of_it() -> None:
    settings = nuclei(13, 1000, covered=0.06).changed(clustering=2, cluster_size=120)
    frames, truth = recorded(settings, 13)
    present = len(np.unique(truth.labels[0])) - 1
    assert quick_match(frames).objects == pytest.approx(present, rel=0.15)


def test_sticks_are_recognized() -> None:
    settings = MicrovilliSettings(
        videos=1, frames=2, height=400, width=400, objects=70, overlap=1
    )
    frames, _ = recorded(settings, 5)
    match = quick_match(frames)
    assert match.kind == "microvilli"
    assert match.objects == pytest.approx(70, rel=0.15)
    assert isinstance(match.simulator, MicrovilliSettings)
    assert match.simulator.length_mean > 3 * match.simulator.stick_width
    assert match.sentence() == (
        f"About {match.objects:.0f} sticks per frame, with a radius of "
        f"{match.radius:.3g} px."
    )


def test_what_is_known_is_not_estimated() -> None:
    frames, _ = recorded(nuclei(8, 200), 8)
    assert quick_match(frames, "microvilli").kind == "microvilli"
    assert quick_match(frames, radius=8).radius == pytest.approx(8, rel=0.1)


def test_rare_events_keep_their_usual_rates() -> None:
    frames, _ = recorded(nuclei(10, 300), 10)
    found, usual = quick_match(frames).simulator, NucleiSettings()
    assert isinstance(found, NucleiSettings)
    share = usual.appearing / usual.objects
    assert found.appearing == pytest.approx(found.objects * share, abs=1)
    assert (found.frames, found.videos) == (usual.frames, usual.videos)


def test_nothing_stands_out() -> None:
    noise = np.random.default_rng(0).normal(100, 5, (2, 100, 120))
    with pytest.raises(AsistError, match="stands out"):
        quick_match(list(noise))
