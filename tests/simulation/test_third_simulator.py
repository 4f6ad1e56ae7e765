"""A third simulator: this file alone makes it work, from the recipe to training."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest

from napari_asist.depth.scenes import SceneSource
from napari_asist.depth.settings import SceneSettings
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.estimation.estimate import estimate_simulator
from napari_asist.microscope.render import render_video
from napari_asist.microscope.scene import draw_scene
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import fit_scaling
from napari_asist.settings import Field
from napari_asist.simulation.preview import Preview
from napari_asist.simulation.scene import OBJECT_FIELDS, Scene
from napari_asist.simulation.settings import (
    NucleiSettings,
    VideoSettings,
    kinds_in_words,
    simulators,
)
from napari_asist.simulation.simulate import SCENES, simulate_video
from napari_asist.simulation.video_settings import NUCLEUS_SADDLE
from napari_asist.workflow.recipe import make_recipe, read_recipe, write_recipe


class DropSettings(VideoSettings):
    """Drops that fall."""

    noun: ClassVar[str] = "drops"
    appearance: ClassVar[str] = "round and falling"
    saddle: ClassVar[float] = NUCLEUS_SADDLE

    kind: Literal["drops"] = "drops"
    radius: float = Field(8, ge=2, le=200, description="Radius.", unit="px")
    fall: float = Field(2, ge=0, le=100, description="Fall per frame.", unit="px")

    @property
    def typical_area(self) -> float:
        """Area of a drop, in px²."""
        return math.pi * self.radius**2


def drop_scenes(settings: DropSettings, rng: np.random.Generator) -> Iterator[Scene]:
    """Yield one scene of drops per frame."""
    drops = np.zeros(settings.objects, [*OBJECT_FIELDS, *settings.shape.fields])
    drops["id"] = np.arange(1, len(drops) + 1)
    for axis, size in zip(("y", "x"), settings.field, strict=True):
        drops[axis] = rng.uniform(0, size, len(drops))
    drops["major"] = drops["minor"] = settings.radius
    settings.shape.draw(drops, rng)
    for _ in range(settings.frames):
        yield drops.copy()
        drops["y"] += settings.fall
        settings.shape.drift(drops, rng)


DROPS = DropSettings(height=192, width=192, frames=4, objects=12, radius=9)
OPTICS = MicroscopeSettings()


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """Register the simulator for these tests only."""
    VideoSettings.kinds["drops"], SCENES["drops"] = DropSettings, drop_scenes
    yield
    del VideoSettings.kinds["drops"], SCENES["drops"]


# The class has registered itself; other tests expect two simulators.
del VideoSettings.kinds["drops"]


def test_it_is_listed_with_the_others() -> None:
    assert list(simulators()) == ["drops", "nuclei", "microvilli"]
    assert kinds_in_words() == "drops, nuclei or microvilli (sticks)"


def test_it_is_simulated_previewed_and_rendered() -> None:
    video = simulate_video(DROPS, 3)
    assert video.faults() == []
    assert len(video.tracks) >= 9
    preview = Preview(DROPS, 3)
    assert list(preview.simulating()) == [1, 2, 3, 4]
    np.testing.assert_array_equal(preview.frame(0) > 0, video.labels[0] > 0)
    np.testing.assert_array_equal(preview.video().labels, video.labels)
    frames = render_video(video, OPTICS, 3)
    inside, outside = frames[video.labels > 0], frames[video.labels == 0]
    assert np.median(inside) > np.median(outside)


def test_a_recipe_names_it(tmp_path: Path) -> None:
    changes = [{"simulation": {"kind": "drops", "fall": 3}}]
    recipe = make_recipe(changes=[*changes, {"estimate": {"simulator": "drops"}}])
    assert recipe.simulation == DropSettings(fall=3)
    write_recipe(recipe, tmp_path / "recipe.yaml")
    assert read_recipe(tmp_path / "recipe.yaml") == recipe


def test_it_is_fitted_to_a_video_and_varied_for_training() -> None:
    frames = render_video(simulate_video(DROPS, 3), OPTICS, 3)
    fitted = estimate_simulator(frames, "drops", 4).settings
    assert isinstance(fitted, DropSettings)
    assert fitted.radius == pytest.approx(DROPS.radius, rel=0.25)
    assert fitted.objects == pytest.approx(DROPS.objects, abs=4)
    scaling = fit_scaling(frames)
    source = SceneSource(
        fitted,
        OPTICS,
        scaling,
        DrawnBorder(None, scaling.softness),
        SceneSettings(side=96),
        0,
    )
    images, drawn = source.labeled(0)
    assert images.shape == drawn.labels.shape
    assert drawn.labels.any()


class RenamedSettings(NucleiSettings):
    """Nuclei under another name."""

    noun: ClassVar[str] = "other nuclei"
    kind: Literal["renamed"] = "renamed"  # type: ignore[assignment]


del VideoSettings.kinds["renamed"]


def test_its_name_does_not_affect_what_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SCENES, "renamed", SCENES["nuclei"])
    border = DrawnBorder(None, 10)
    size = {"height": 96, "width": 96, "frames": 4, "objects": 8}
    events = {"appearing": 1, "disappearing": 1, "mitoses": 2}
    some = [
        draw_scene(model.model_validate(size | events), OPTICS, 5, border)
        for model in (NucleiSettings, RenamedSettings)
    ]
    np.testing.assert_array_equal(some[0].labels.labels, some[1].labels.labels)
    np.testing.assert_array_equal(some[0].labels.tracks, some[1].labels.tracks)
    np.testing.assert_array_equal(some[0].counts, some[1].counts)
