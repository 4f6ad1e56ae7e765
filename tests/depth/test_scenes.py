import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from cases import CASES
from depth_scenes import SCALING, SCENES, STICKS, source
from numpy.testing import assert_array_equal

from napari_asist.depth.scenes import (
    TRIES,
    LabeledVideos,
    Scene,
    SceneSource,
    scene_of,
)
from napari_asist.depth.settings import SceneSettings
from napari_asist.errors import AsistError
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.labels import LabelVideo
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)

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


def test_a_number_gives_the_same_scene_in_every_process() -> None:
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


def test_scenes_without_room_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(*args: object, edge: int) -> None:
        tried.append(args)
        raise AsistError("No room.")

    monkeypatch.setattr("napari_asist.depth.scenes.draw_scene", full)
    with pytest.raises(AsistError, match=r"raise depth\.scenes\.side"):
        source().scene(0)
    assert len(tried) == TRIES


@pytest.mark.parametrize(
    "simulator",
    [
        NucleiSettings(
            objects=4000, radius_mean=2, radius_min=2, radius_max=3, mitoses=0
        ),
        NucleiSettings(objects=300, overlap=0.5, mitoses=40, move=100, elongation=1),
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
        # Smaller than requested, like the video.
        assert scene.images.shape == (3, 40, 48)
        assert_array_equal(scene.images > 0, scene.foreground)
        for time, row, column in scene.divisions.tolist():
            assert 0 < time < 3
            assert (row, column) == (18, 20)
    begins = {tuple(scene.divisions[:, 0].tolist()) for scene in scenes}
    assert begins == {(), (1,), (2,)}


def test_labels_beyond_16_bits_are_distinct_in_scenes() -> None:
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
