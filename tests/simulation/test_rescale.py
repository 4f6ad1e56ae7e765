"""Lengths are rescaled according to their unit; nothing else changes."""

from typing import Any

import pytest

from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.settings import unit_of
from napari_asist.simulation.rescale import POWERS, rescaled
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    VideoSettings,
)

NUCLEI = NucleiSettings(
    height=400, width=600, rim=20, cluster_size=50, growth=0.5, objects=80
)
FEW: dict[str, Any] = {
    "objects": 1,
    "appearing": 0,
    "disappearing": 0,
    "mitoses": 0,
}
LENGTHS = (
    *("height", "width", "rim", "cluster_size", "radius_mean", "radius_sd"),
    *("radius_min", "radius_max", "radius_change", "move", "growth"),
)


def test_lengths_are_multiplied() -> None:
    large = rescaled(NUCLEI, 2)
    for name in NucleiSettings.model_fields:
        factor = 2 if name in LENGTHS else 1
        before = getattr(NUCLEI, name)
        wanted = before * factor if name in LENGTHS else before
        assert getattr(large, name) == wanted, name
    assert (str(large.height), str(large.rim)) == ("800", "40")


def test_there_and_back() -> None:
    sticks = MicrovilliSettings(length_mean=21.3, stick_width=4.4)
    cases: list[tuple[VideoSettings, float]] = [(NUCLEI, 2.5), (sticks, 2.0)]
    for settings, factor in cases:
        back = rescaled(rescaled(settings, factor), 1 / factor)
        numbers = {
            name: value
            for name, value in settings.model_dump().items()
            if isinstance(value, int | float)
        }
        for name, value in numbers.items():
            assert getattr(back, name) == pytest.approx(value, rel=1e-5), name


def test_nested_settings_and_areas() -> None:
    microscope = MicroscopeSettings(noise_grain=(0.5, 8))
    debris = microscope.debris.changed(density=2, drift=1)
    microscope = microscope.changed(debris=debris.model_dump())
    large = rescaled(microscope, 2)
    assert large.psf_sigma == 2 * microscope.psf_sigma
    assert large.noise_grain == (1.0, 10.0)  # 10 is its bound
    assert (large.debris.density, large.debris.drift) == (0.5, 2)
    assert large.brightness == microscope.brightness
    assert rescaled(microscope, 1) is microscope


def test_bounds_are_kept() -> None:
    tiny = rescaled(NucleiSettings(**FEW, radius_min=2.5, height=40, width=40), 0.3)
    assert (tiny.radius_min, tiny.height) == (2, 16)


def test_rounding_leaves_room() -> None:
    full = NucleiSettings(**FEW | {"objects": 66}, height=100, width=100, radius_mean=7)
    small = rescaled(full, 0.334)
    assert 60 <= small.objects < 66


def test_all_units_of_simulators_are_known() -> None:
    known = {"", *POWERS, "frames", "degrees", "counts", "counts/photon"}
    for model in (NucleiSettings, MicrovilliSettings, MicroscopeSettings):
        for info in model.model_fields.values():
            assert unit_of(info) in known
