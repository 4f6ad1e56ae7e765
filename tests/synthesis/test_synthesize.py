from pathlib import Path

import numpy as np
import pytest
import torch
from cases import CASES

from napari_asist.errors import AsistError
from napari_asist.events import Event, Note, StopFlag, Stopped, result_of
from napari_asist.labels import LabelVideo
from napari_asist.mapped import blank_video
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.scaling import fit_scaling
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.synthesis.engines.renderer import load_renderer
from napari_asist.synthesis.report.files import SHEET, read_report
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.synthesis.synthesize import (
    clean_mask,
    load_generators,
    synthesize_video,
)
from napari_asist.synthesis.train import CURVE, WEIGHTS, train_synthesis

TINY = SynthesisSettings(
    filters=4,
    blocks=1,
    discriminator_filters=4,
    patch=32,
    steps=3,
    mask_steps=2,
    encoding="brightness",
    device="cpu",
)
SIMULATOR = NucleiSettings()
FRAMES = np.random.default_rng(0).integers(90, 400, (3, 40, 44)).astype(np.uint16)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthesis")
    scaling = fit_scaling(FRAMES)
    annotations = [CASES["good"](), CASES["division"]()]
    result_of(
        train_synthesis(
            FRAMES, annotations, SIMULATOR, scaling, TINY, folder, 0, StopFlag()
        )
    )
    return folder


def test_training_leaves_weights_losses_and_samples(trained: Path) -> None:
    assert (trained / WEIGHTS).exists()
    for name, steps in (("main", 3), ("mask", 2)):
        assert (trained / name / "losses.csv").read_text().count("\n") == 2
        assert (trained / name / "samples" / f"images_{steps:06d}.png").exists()


def test_main_and_mask_generators_differ(trained: Path) -> None:
    generators = load_generators(trained / WEIGHTS, torch.device("cpu"))
    assert set(generators) == {"generator_a", "generator_b", "mask_generator"}
    image = torch.rand(1, 1, 32, 32)
    first, second = (generators[name] for name in ("generator_a", "mask_generator"))
    assert not torch.equal(first(image), second(image))


def test_the_choice_of_the_mask_generator_is_kept(trained: Path) -> None:
    header, *rows = (trained / CURVE).read_text().splitlines()
    assert header == "step,agreement,decided,chosen"
    assert len(rows) == TINY.mask_steps
    assert sum(row.endswith(",1") for row in rows) == 1


def test_what_generators_draw_is_reported(trained: Path) -> None:
    assert read_report(trained).step == TINY.steps
    assert read_report(trained).cycle_images is not None
    assert (trained / SHEET).exists()


def test_the_renderer_is_fitted_and_draws_on_its_labels(tmp_path: Path) -> None:
    nuclei = NucleiSettings(height=128, width=128, frames=4, objects=8, mitoses=0)
    nuclei = nuclei.changed(appearing=0, disappearing=0, border=0.3)
    # So few nuclei are alike for most seeds; those of seed 1 are unusually unlike.
    truth = simulate_video(nuclei, 2)
    frames = render_video(truth, MicroscopeSettings(border=0.3), 2)
    scaling, settings = fit_scaling(frames), TINY.changed(engine="renderer")
    annotation = simulate_video(nuclei, 3)
    events: list[Event] = []
    result_of(
        train_synthesis(
            frames, [annotation], nuclei, scaling, settings, tmp_path, 0, StopFlag()
        ),
        events.append,
    )
    assert load_renderer(tmp_path).border == 0.3
    assert read_report(tmp_path).verdict == "accept"
    assert read_report(tmp_path).half_maximum < 0.95, "labels lie farther out"
    likeness = read_report(tmp_path).likeness
    assert likeness is not None
    assert likeness.distance < 1, "the real video is of the same kind"
    notes = [event.message for event in events if isinstance(event, Note)]
    assert any("visible area" in note for note in notes)
    made = result_of(
        synthesize_video(annotation, nuclei, scaling, settings, tmp_path, 5)
    )
    assert made.labels is not None
    assert np.array_equal(made.masks, made.labels > 0)
    filed = result_of(
        synthesize_video(
            in_file(annotation, tmp_path),
            nuclei,
            scaling,
            settings,
            tmp_path,
            5,
            tmp_path,
        )
    )
    np.testing.assert_array_equal(filed.images, made.images)
    np.testing.assert_array_equal(filed.masks, made.masks)
    assert filed.labels is not None
    np.testing.assert_array_equal(filed.labels, made.labels)


def in_file(video: LabelVideo, folder: Path) -> LabelVideo:
    """Return the same video with its labels in a file."""
    shape, dtype = video.labels.shape, video.labels.dtype
    labels = blank_video(shape, dtype, folder / "labels.raw")
    for time, frame in enumerate(video.labels):
        labels[time] = frame
    return LabelVideo(labels, video.tracks)


def test_contrastive_translation_makes_videos_too(tmp_path: Path) -> None:
    scaling, video = fit_scaling(FRAMES), CASES["good"]()
    settings = TINY.changed(engine="cut", mask="drawn", contrast_patches=16)
    result_of(
        train_synthesis(
            FRAMES, [video], SIMULATOR, scaling, settings, tmp_path, 0, StopFlag()
        )
    )
    assert set(load_generators(tmp_path / WEIGHTS, torch.device("cpu"))) == {
        "generator_b",
        "mask_generator",
    }
    made = result_of(synthesize_video(video, SIMULATOR, scaling, settings, tmp_path, 5))
    assert made.images.shape == made.masks.shape == video.labels.shape


def test_video_has_the_annotations_size_and_repeats(trained: Path) -> None:
    video = CASES["good"]()
    scaling = fit_scaling(FRAMES)
    first, second = (
        result_of(synthesize_video(video, SIMULATOR, scaling, TINY, trained, 5))
        for _ in range(2)
    )
    assert first.images.shape == first.masks.shape == video.labels.shape
    assert first.images.dtype == np.float32
    assert np.abs(first.images).max() <= 1
    assert np.array_equal(first.images, second.images)


def test_frames_may_wait_in_files(trained: Path, tmp_path: Path) -> None:
    video, scaling = CASES["good"](), fit_scaling(FRAMES)
    arrays, files = (
        result_of(
            synthesize_video(video, SIMULATOR, scaling, TINY, trained, 5, scratch)
        )
        for scratch in (None, tmp_path)
    )
    assert {path.name for path in tmp_path.iterdir()} == {"synthetic.raw", "masks.raw"}
    np.testing.assert_array_equal(files.images, arrays.images)
    np.testing.assert_array_equal(files.masks, arrays.masks)


def test_stop_saves_and_says_how_to_resume(tmp_path: Path) -> None:
    stop = StopFlag()
    stop.stop()
    work = train_synthesis(
        FRAMES,
        [CASES["good"]()],
        SIMULATOR,
        fit_scaling(FRAMES),
        TINY,
        tmp_path,
        0,
        stop,
    )
    with pytest.raises(Stopped, match="run the same command"):
        result_of(work)
    assert (tmp_path / "main" / "checkpoint.safetensors").exists()


def test_synthesis_before_training_says_to_train(tmp_path: Path) -> None:
    work = synthesize_video(
        CASES["good"](), SIMULATOR, fit_scaling(FRAMES), TINY, tmp_path, 0
    )
    with pytest.raises(AsistError, match="first train"):
        result_of(work)


def test_masks_have_no_holes_and_no_specks() -> None:
    mask = np.zeros((30, 30), bool)
    mask[5:15, 5:15] = True
    mask[9, 9] = False
    mask[20:24, 20:24] = True
    cleaned = clean_mask(mask)
    assert cleaned[9, 9]
    assert not cleaned[20:24, 20:24].any()
    assert cleaned.sum() == 100
