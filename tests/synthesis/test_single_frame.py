"""Single synthetic frames are those of the whole synthetic video."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cases import CASES

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.synthesis.engines.renderer import MICROSCOPE
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.synthesis.single_frame import load_engine
from napari_asist.synthesis.synthesize import synthesize_video
from napari_asist.synthesis.train import WEIGHTS, train_synthesis
from napari_asist.training.loop import CHECKPOINT

TINY = SynthesisSettings(
    filters=4,
    blocks=1,
    discriminator_filters=4,
    patch=32,
    steps=2,
    mask_steps=1,
    encoding="brightness",
    noise=0.2,
    device="cpu",
)
SIMULATOR = NucleiSettings()
ANNOTATION = CASES["division"]()
FRAMES = np.random.default_rng(0).integers(90, 400, (3, 40, 44)).astype(np.uint16)
SEED = 4


@cache
def scaling() -> IntensityScaling:
    return fit_scaling(FRAMES)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthesis")
    work = train_synthesis(
        FRAMES, [ANNOTATION], SIMULATOR, scaling(), TINY, folder, 0, StopFlag()
    )
    result_of(work)
    return folder


@pytest.mark.parametrize("file", [WEIGHTS, f"main/{CHECKPOINT}"])
def test_generators_draw_the_frame_of_the_video(trained: Path, file: str) -> None:
    whole = result_of(
        synthesize_video(ANNOTATION, SIMULATOR, scaling(), TINY, trained, SEED)
    )
    engine = load_engine(trained / file, TINY, scaling(), SEED)
    for time in (2, 0, len(ANNOTATION) - 1):
        drawn = engine.draw(ANNOTATION, SIMULATOR, time)
        np.testing.assert_array_equal(drawn, whole.images[time])


def test_the_renderer_draws_the_same_frame(tmp_path: Path) -> None:
    settings = TINY.changed(engine="renderer")
    microscope = MicroscopeSettings(texture=0.1)
    (tmp_path / MICROSCOPE).write_text(microscope.model_dump_json())
    whole = result_of(
        synthesize_video(ANNOTATION, SIMULATOR, scaling(), settings, tmp_path, SEED)
    )
    engine = load_engine(tmp_path / MICROSCOPE, settings, scaling(), SEED)
    for time in (2, 0, len(ANNOTATION) - 1):
        drawn = engine.draw(ANNOTATION, SIMULATOR, time)
        np.testing.assert_array_equal(drawn, whole.images[time])


def test_weights_of_another_architecture_are_rejected(trained: Path) -> None:
    with pytest.raises(AsistError, match="another architecture"):
        load_engine(trained / WEIGHTS, TINY.changed(filters=8), scaling(), SEED)
