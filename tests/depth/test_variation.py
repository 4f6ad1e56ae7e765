import numpy as np
from depth_scenes import NUCLEI, SCENES, STICKS, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from napari_asist.depth.scenes import (
    TRIES,
)
from napari_asist.depth.settings import SceneSettings
from napari_asist.depth.variation import (
    varied_microscope,
    varied_simulator,
)
from napari_asist.labels import track_table
from napari_asist.microscope.brightness import track_brightness
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.shapes import Rectangle, Spindle, Star

DETAILED = SceneSettings(divisions_in_detail=True, dying=True, debris=True)


@some.composite
def nuclei(draw: some.DrawFn) -> NucleiSettings:
    """Fits to videos of tiny and huge, sparse and crowded, still and fast nuclei."""
    radius = draw(some.floats(2.0, 40.0))
    side = draw(some.integers(128, 2048))
    coverage = draw(some.floats(0.0, 0.45))
    objects = max(1, round(coverage * side**2 / (np.pi * radius**2)))
    return NucleiSettings(
        frames=draw(some.integers(2, 100)),
        height=side,
        width=side,
        objects=min(objects, 20_000),
        appearing=0,
        disappearing=0,
        mitoses=draw(some.integers(0, 1)),
        overlap=draw(some.floats(0.3, 1.0)),
        radius_mean=radius,
        radius_sd=draw(some.floats(0, 0.5)) * radius,
        radius_min=max(2.0, radius * draw(some.floats(0.3, 1))),
        radius_max=radius * draw(some.floats(1, 2.5)),
        move=draw(some.floats(0, 100)),
        elongation=draw(some.floats(0, 1)),
        clustering=draw(some.floats(0, 3)),
        persistence=draw(some.floats(0, 0.99)),
    )


@some.composite
def sticks(draw: some.DrawFn) -> MicrovilliSettings:
    """Fits to videos of short and long, sparse and crowded sticks."""
    width = draw(some.floats(1, 30))
    length = width * draw(some.floats(1, 12)) + 2
    side = draw(some.integers(128, 2048))
    coverage = draw(some.floats(0, 0.45))
    return MicrovilliSettings(
        frames=draw(some.integers(1, 100)),
        height=side,
        width=side,
        objects=max(1, min(20_000, round(coverage * side**2 / (width * length)))),
        overlap=draw(some.floats(0, 1)),
        stick_width=width,
        length_mean=length,
        length_min=max(2.0, length * draw(some.floats(0.1, 1))),
        length_max=length * draw(some.floats(1, 3)),
        step=draw(some.floats(0, 100)),
        clustering=draw(some.floats(0, 3)),
        motion=draw(some.sampled_from(("walk", "drift"))),
        shape=draw(some.sampled_from((Rectangle(), Spindle(taper=1, bend=0.8)))),
        mitoses=draw(some.integers(0, 1)),
        rounding=draw(some.floats(0, 1)),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    fitted=some.one_of(nuclei(), sticks()),
    amount=some.sampled_from((0.0, 0.5, 1.0, 3.0)),
    seed=some.integers(0, 2**32 - 1),
)
def test_whatever_was_fitted_can_be_varied(
    fitted: SimulatorSettings, amount: float, seed: int
) -> None:
    scenes = SceneSettings(variation=amount)
    rng = np.random.default_rng(seed)
    crowding = 1.0
    for _ in range(TRIES):
        try:
            varied = varied_simulator(fitted, scenes, crowding, rng)
        except ValidationError as error:
            if "fit in" not in str(error):
                raise
            # Fewer objects find room.
            crowding *= 0.8
        else:
            break
    else:
        raise AssertionError("there was never room")
    assert (varied.height, varied.width, varied.frames) == (512, 512, scenes.frames)
    assert 0 < varied.typical_coverage < 2.5
    assert varied.kind == fitted.kind


@settings(max_examples=60, deadline=None)
@given(
    brightness=some.floats(1e-3, 6e4),
    halo=some.floats(0, 0.5),
    psf=some.floats(0, 20),
    texture=some.floats(0, 1),
    scale=some.floats(0.01, 50),
    falloff=some.floats(0, 0.9),
    noise=some.floats(0, 1e4),
    unevenness=some.floats(0, 1),
    fringes=some.sampled_from((0.0, 0.2, 1.0)),
    amount=some.sampled_from((0.0, 1.0, 3.0)),
    seed=some.integers(0, 2**32 - 1),
)
def test_whatever_microscope_was_fitted_can_be_varied(
    brightness: float,
    halo: float,
    psf: float,
    texture: float,
    scale: float,
    falloff: float,
    noise: float,
    unevenness: float,
    fringes: float,
    amount: float,
    seed: int,
) -> None:
    fitted = MicroscopeSettings.model_validate(
        {
            "brightness": {"quantiles": (brightness, 2 * brightness)},
            "halo": halo,
            "psf_sigma": psf,
            "texture": texture,
            "texture_scale": scale,
            "falloff": falloff,
            "read_noise": noise,
            "unevenness": unevenness,
            "phase": {"strength": fringes, "shadow": fringes, "glow": fringes},
            "processes": {"chance": fringes},
            "debris": {"density": 5 * fringes},
        }
    )
    varied = varied_microscope(
        fitted, 5.0, SceneSettings(variation=amount), np.random.default_rng(seed)
    )
    assert varied.offset == fitted.offset
    if not amount:
        same = {"cell_cycle", "cloud_sigma"}
        assert varied.model_dump(exclude=same) == fitted.model_dump(exclude=same)


def varied_microscopes(count: int) -> list[MicroscopeSettings]:
    fitted = MicroscopeSettings().changed(brightness={"quantiles": (9, 90, 400, 1500)})
    rngs = [np.random.default_rng(seed) for seed in range(count)]
    return [varied_microscope(fitted, 9.0, DETAILED, rng) for rng in rngs]


def test_objects_are_dim_down_to_the_noise_in_all_scenes() -> None:
    for microscope in varied_microscopes(50):
        levels = np.array(microscope.brightness.quantiles)
        # A nucleus at half of the noise is lost in it; gains vary.
        assert 0.5 * 9 < levels[0] < 1.6 * 9
        assert (np.diff(levels) >= 0).all()


def test_neighbors_differ_twofold_and_tenfold_in_brightness() -> None:
    differ = []
    for microscope in varied_microscopes(10):
        tracks = track_table([(n, 0, 0, 0) for n in range(1, 1001)])
        rng = np.random.default_rng(0)
        drawn = track_brightness(tracks, microscope.brightness, rng)
        # Brightness does not depend on the position, so any two may be neighbors.
        differ += [np.abs(np.log(drawn[::2] / drawn[1::2]))]
    assert 0.3 < np.mean(np.array(differ) > np.log(2)) < 0.8
    assert 0.03 < np.mean(np.array(differ) > np.log(10)) < 0.35


def test_what_cannot_be_measured_is_drawn_and_often_none() -> None:
    scenes = varied_microscopes(80)
    for values, most in (
        ([one.nucleoli.number for one in scenes], 4),
        ([one.apoptosis.share for one in scenes], 0.12),
        ([one.debris.density for one in scenes], 0.6),
        ([one.out_of_focus.density for one in scenes], 0.5),
    ):
        assert 0.3 < np.mean(np.array(values) > 0) < 0.7
        assert 0.8 * most < max(values) <= most


def test_outlines_vary_around_what_was_measured() -> None:
    fitted = NUCLEI.changed(shape=Star(irregularity=0.12, phase_drift=3))
    for amount, low, high in ((0.0, 0.12, 0.12), (1.0, 0.06, 0.192)):
        scenes = SceneSettings(variation=amount)
        shapes = [
            varied_simulator(fitted, scenes, 1, np.random.default_rng(seed)).shape
            for seed in range(40)
        ]
        drawn = [one.irregularity for one in shapes if isinstance(one, Star)]
        assert len(drawn) == 40
        assert low - 1e-9 <= min(drawn) <= 1.1 * low
        assert 0.9 * high <= max(drawn) <= high + 1e-9
        assert {one.phase_drift for one in shapes if isinstance(one, Star)} == {3}


def test_a_custom_shape_is_kept() -> None:
    square = NUCLEI.changed(shape=Rectangle())
    rng = np.random.default_rng(0)
    assert varied_simulator(square, SceneSettings(), 1, rng).shape == Rectangle()


def test_divisions_cover_others_and_separate() -> None:
    settings = [
        varied_simulator(NUCLEI, DETAILED, 1, np.random.default_rng(seed))
        for seed in range(40)
    ]
    nuclei = [one for one in settings if isinstance(one, NucleiSettings)]
    overlaps = [one.mitotic_overlap or 1 for one in nuclei]
    assert min(overlaps) < 0.5
    assert all(one.mitotic_overlap <= one.overlap for one in nuclei)  # type: ignore[operator]
    assert max(one.separation for one in nuclei) > 0.6
    assert min(one.daughter_plate for one in nuclei) < 0.5
    assert 10 < sum(one.plate_bend > 0 for one in nuclei) < 30


CELLS = STICKS.changed(
    objects=8,
    shape=Spindle(),
    stick_width=8,
    length_mean=20,
    length_min=12,
    length_max=40,
    overlap=0.8,
    mitoses=2,
    rounding=0.7,
)


def test_scenes_of_cells_in_phase_contrast_vary_their_fringes_and_divisions() -> None:
    phase = {"strength": 0.1, "shadow": 0.2}
    fitted = MicroscopeSettings().changed(phase=phase, processes={"chance": 0.5})
    rng = np.random.default_rng(0)
    varied = [varied_microscope(fitted, 5.0, SceneSettings(), rng) for _ in range(30)]
    strength = [one.phase.strength for one in varied]
    assert 0.04 < min(strength) < 0.1 < max(strength) < 0.34
    angles = [one.phase.shadow_angle for one in varied]
    assert 10 < np.std(angles) < 45
    assert len({one.processes.chance for one in varied}) == 30
    # Without fringes the same is drawn as before.
    plain = [
        varied_microscope(
            MicroscopeSettings(), 5.0, SceneSettings(), np.random.default_rng(1)
        )
        for _ in range(2)
    ]
    assert plain[0] == plain[1]
    assert not plain[0].phase.is_on
    simulators = [varied_simulator(CELLS, SCENES, 1.0, rng) for _ in range(30)]
    assert {one.kind for one in simulators} == {"microvilli"}
    tapers = [one.shape.model_dump()["taper"] for one in simulators]
    assert 0.4 <= min(tapers) < 0.6 < max(tapers) <= 1.1
    drawn = source(CELLS)
    assert sum(len(drawn.scene(number).divisions) for number in range(6))
