import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from cases import CASES
from depth_scenes import NUCLEI, SCALING, SCENES, STICKS, source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from numpy.testing import assert_array_equal
from pydantic import ValidationError

from napari_asist.depth.scenes import (
    TRIES,
    LabeledVideos,
    Scene,
    SceneSource,
    scene_of,
    typical_coverage,
    varied_microscope,
    varied_simulator,
)
from napari_asist.depth.settings import SceneSettings
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo, track_table
from napari_asist.simulation.brightness import track_brightness
from napari_asist.simulation.drawn_borders import DrawnBorder
from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.settings import (
    HelaSettings,
    MicrovilliSettings,
    SimulatorSettings,
)
from napari_asist.simulation.shapes import Rectangle, Spindle, Star

DETAILED = SceneSettings(divisions_in_detail=True, dying=True)

FIELDS = ("images", "foreground", "labels", "depth", "before", "divisions")

ELSEWHERE = """
import hashlib
from depth_scenes import source
scene = source().scene(5)
print(hashlib.sha256(scene.images.tobytes() + scene.labels.tobytes()).hexdigest())
"""


def assert_same(one: Scene, other: Scene) -> None:
    for name in FIELDS:
        assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_number_is_one_scene_whoever_asks() -> None:
    scene = source().scene(5)
    assert_same(scene, source().scene(5))
    here = hashlib.sha256(scene.images.tobytes() + scene.labels.tobytes()).hexdigest()
    elsewhere = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == here


@pytest.mark.parametrize("simulator", [None, STICKS])
def test_scenes_differ_by_number_and_seed(simulator: SimulatorSettings | None) -> None:
    drawn = source(simulator) if simulator else source()
    other = source(simulator, seed=4) if simulator else source(seed=4)
    scenes = [drawn.scene(0), drawn.scene(1), other.scene(0)]
    for scene in scenes:
        assert scene.images.shape == scene.foreground.shape == (3, 96, 96)
        assert scene.labels.shape == scene.depth.shape == (3, 48, 48)
        assert scene.images.dtype == scene.depth.dtype == np.float16
        assert np.isfinite(scene.images).all()
        assert scene.foreground.any()
        assert 0.3 < scene.depth.max() <= 1
        assert len(scene.before[0]) > scene.labels.max()
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert (scenes[first].images != scenes[second].images).any()


def test_a_scene_is_what_its_labels_say() -> None:
    images, video = source().labeled(2)
    assert not video.faults()
    assert_same(source().scene(2), scene_of(images, video))


def test_scenes_show_divisions_where_the_video_does() -> None:
    numbers = range(4)
    assert sum(len(source().scene(number).divisions) for number in numbers)
    still = source(source().simulator.changed(mitoses=0))
    assert not sum(len(still.scene(number).divisions) for number in numbers)


def test_scenes_without_room_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(*args: object, edge: int) -> None:
        tried.append(args)
        raise AsistError("No room.")

    monkeypatch.setattr("napari_asist.depth.scenes.draw_scene", full)
    with pytest.raises(AsistError, match=r"raise depth\.scenes\.side"):
        source().scene(0)
    assert len(tried) == TRIES


@some.composite
def nuclei(draw: some.DrawFn) -> HelaSettings:
    """Fits to videos of tiny and of huge, sparse and crowded, still and fast nuclei."""
    radius = draw(some.floats(2.0, 40.0))
    side = draw(some.integers(128, 2048))
    coverage = draw(some.floats(0.0, 0.45))
    objects = max(1, round(coverage * side**2 / (np.pi * radius**2)))
    return HelaSettings(
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
    """Fits to videos of short and of long, sparse and crowded sticks."""
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
    assert 0 < typical_coverage(varied) < 2.5
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
        # Brightness does not depend on the place, so any two may be neighbors.
        differ += [np.abs(np.log(drawn[::2] / drawn[1::2]))]
    assert 0.3 < np.mean(np.array(differ) > np.log(2)) < 0.8
    assert 0.03 < np.mean(np.array(differ) > np.log(10)) < 0.35


def test_what_cannot_be_measured_is_drawn_and_often_none() -> None:
    scenes = varied_microscopes(80)
    for values, most in (
        ([one.nucleoli.number for one in scenes], 4),
        ([one.apoptosis.share for one in scenes], 0.08),
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


def test_a_shape_of_ones_own_stays() -> None:
    square = NUCLEI.changed(shape=Rectangle())
    rng = np.random.default_rng(0)
    assert varied_simulator(square, SceneSettings(), 1, rng).shape == Rectangle()


def test_divisions_cover_others_and_go_apart() -> None:
    settings = [
        varied_simulator(NUCLEI, DETAILED, 1, np.random.default_rng(seed))
        for seed in range(40)
    ]
    nuclei = [one for one in settings if isinstance(one, HelaSettings)]
    overlaps = [one.mitotic_overlap or 1 for one in nuclei]
    assert min(overlaps) < 0.5
    assert all(one.mitotic_overlap <= one.overlap for one in nuclei)  # type: ignore[operator]
    assert max(one.separation for one in nuclei) > 0.6
    assert min(one.daughter_plate for one in nuclei) < 0.5
    assert 10 < sum(one.plate_bend > 0 for one in nuclei) < 30


@pytest.mark.parametrize(
    "simulator",
    [
        HelaSettings(
            objects=4000, radius_mean=2, radius_min=2, radius_max=3, mitoses=0
        ),
        HelaSettings(objects=300, overlap=0.5, mitoses=40, move=100, elongation=1),
        MicrovilliSettings(objects=2500, stick_width=2, overlap=0),
    ],
)
def test_extreme_fits_are_drawn(simulator: SimulatorSettings) -> None:
    scenes = SCENES.changed(side=128)
    border = DrawnBorder(None, SCALING.softness)
    drawn = SceneSource(simulator, MicroscopeSettings(), SCALING, border, scenes, 0)
    assert drawn.scene(0).foreground.any()


def test_scenes_are_cut_from_videos() -> None:
    video = CASES["division"]()
    images = np.where(video.labels > 0, 0.6, -0.8).astype(np.float32)
    videos = LabeledVideos([(images, video)], SceneSettings(frames=3, side=64), 0)
    scenes = [videos.scene(number) for number in range(12)]
    assert_same(scenes[3], videos.scene(3))
    for scene in scenes:
        # Smaller than asked for, as the video is.
        assert scene.images.shape == (3, 40, 48)
        assert_array_equal(scene.images > 0, scene.foreground)
        for time, row, column in scene.divisions.tolist():
            assert 0 < time < 3
            assert (row, column) == (18, 20)
    begins = {tuple(scene.divisions[:, 0].tolist()) for scene in scenes}
    assert begins == {(), (1,), (2,)}


def test_labels_beyond_16_bits_are_told_apart_in_scenes() -> None:
    video = CASES["high_labels"]()
    images = np.where(video.labels > 0, 0.6, -0.8).astype(np.float32)
    scene = LabeledVideos([(images, video)], SceneSettings(frames=5), 0).scene(0)
    expected = scene_of(images, CASES["division"]())
    assert scene.labels.max() == 4
    assert_array_equal(scene.labels > 0, expected.labels > 0)
    assert_array_equal(scene.depth, expected.depth)
    assert_array_equal(scene.divisions, expected.divisions)
    found, wanted = (one.before[3][one.labels[3]] for one in (scene, expected))
    assert_array_equal(found, wanted)


def test_a_video_without_objects_is_a_scene() -> None:
    video = LabelVideo(np.zeros((3, 16, 16), np.uint16))
    scene = scene_of(np.zeros((3, 16, 16), np.float32), video)
    assert not scene.foreground.any()
    assert scene.divisions.shape == (0, 3)


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
    # Without fringes the same is drawn as ever.
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
