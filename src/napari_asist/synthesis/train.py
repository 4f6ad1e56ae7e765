"""Train the synthesis stage: the main generators and the mask generator."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.events import Note, StopFlag, Work, stoppable
from napari_asist.labels import LabelVideo
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.encode import encode, object_levels
from napari_asist.synthesis.engines.contrastive import ContrastiveTranslation
from napari_asist.synthesis.engines.cyclegan import CycleGAN
from napari_asist.synthesis.engines.mask_generator import ChosenMask, PairedMask
from napari_asist.synthesis.engines.renderer import (
    fit_renderer,
    render_frames,
    render_synthetic,
)
from napari_asist.synthesis.engines.training_data import CropSource, SyntheticPairs
from napari_asist.synthesis.report.at_checkpoint import Reporter, report_lines
from napari_asist.synthesis.report.files import REPORT, read_report
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.checkpoint import save_state
from napari_asist.training.device import choose_device
from napari_asist.training.loop import train
from napari_asist.training.network_training import NetworkTraining
from napari_asist.training.ranks import ranks

STAGE = "synthesize"
WEIGHTS = "generators.safetensors"
CURVE = "mask_choice.csv"


def train_synthesis(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    annotations: Sequence[LabelVideo],
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    settings: SynthesisSettings,
    folder: Path,
    seed: int,
    stop: StopFlag,
) -> Work[None]:
    """Train or fit the settings' engine; resume training where it was stopped.

    The main training learns from blurred annotations and gives generator B. The mask
    generator A* comes from a second, shorter one without blur (section III-C of the
    paper), which draws sharp masks; its state is chosen by
    `napari_asist.synthesis.engines.mask_generator.ChosenMask`. The renderer is fitted
    instead.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Raw frames of the microscope videos, numpy or dask.
    annotations : sequence of LabelVideo
        Simulated; they need not resemble any frame.
    simulator : SimulatorSettings
        The settings that made the annotations.
    scaling : IntensityScaling
    settings : SynthesisSettings
    folder : Path
        Receives ``generators.safetensors``, ``mask_choice.csv`` and the folders
        ``main`` and ``mask`` with checkpoints, losses and sample images, or the
        renderer's ``microscope.json``; and the label-free report.
    seed : int
    stop : StopFlag
    """
    if settings.engine == "renderer" and not ranks().is_first:
        return
    yield Note(STAGE, "Measuring the video for the report.")
    reporter = Reporter(frames, annotations[0], simulator, scaling, folder)
    if settings.engine == "renderer":
        work = _fit_and_report(reporter, frames, simulator, scaling, folder, seed)
        yield from stoppable(work, stop)
        return
    count = min(settings.frames, len(frames))
    yield Note(STAGE, f"Scaling {count} frames.")
    images = CropSource(_scaled(frames, scaling, count), settings.patch)
    yield Note(STAGE, f"Drawing {sum(map(len, annotations))} annotation frames.")
    drawing = _AnnotationPainter(annotations, simulator, scaling, seed)
    blurred = CropSource(drawing.frames(settings), settings.patch)
    plain_settings = settings.changed(blur=0, profile="flat")
    plain = CropSource(drawing.frames(plain_settings), settings.patch)

    device = choose_device(settings.device)
    engine = ContrastiveTranslation if settings.engine == "cut" else CycleGAN
    main = engine(images, blurred, settings, settings.steps, seed, device)
    seconds = 60 * settings.checkpoint_minutes

    def report(step: int) -> Work[None]:
        return reporter.at_checkpoint(
            dict(main.networks.items()), settings, main.device, "synthesis (main)", step
        )

    yield from train(
        main,
        "synthesis (main)",
        folder / "main",
        settings.steps,
        stop,
        checkpoint_seconds=seconds,
        at_checkpoint=report,
    )
    if ranks().is_first and not (folder / REPORT).exists():
        yield from report(settings.steps)

    generator_b = main.networks["generator_b"].requires_grad_(False)
    pairs = SyntheticPairs(generator_b, blurred, plain, settings, device)
    if settings.mask == "drawn":
        mask: NetworkTraining = PairedMask(pairs, settings, seed)
    else:
        steps = settings.mask_steps
        mask = CycleGAN(images, plain, plain_settings, steps, seed, device)
    choice = ChosenMask(mask, pairs, settings, seed)
    yield from train(
        choice,
        "synthesis (mask)",
        folder / "mask",
        settings.mask_steps,
        stop,
        checkpoint_seconds=seconds,
    )
    yield Note(
        STAGE,
        "A* is chosen at step {step}: agreement {agreement:.3f}.".format(
            **choice.chosen
        ),
    )

    weights = {
        name: network.state_dict()
        for name, network in main.networks.items()
        if name.startswith("generator")
    }
    save_state(
        folder / WEIGHTS,
        weights | {"mask_generator": choice.best},
        settings=settings.model_dump(),
    )
    if ranks().is_first:
        choice.write_curve(folder / CURVE)
        try:
            yield from report_lines(read_report(folder), STAGE)
        except AsistError as error:  # the weights are good anyway
            yield Note(STAGE, str(error))


def _scaled(
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    scaling: IntensityScaling,
    count: int,
) -> list[NDArray[np.float32]]:
    times = np.unique(np.linspace(0, len(frames) - 1, count).round().astype(int))
    # Generators end in a hyperbolic tangent, so they cannot draw brighter pixels.
    return [
        np.minimum(scaling.apply(np.asarray(frames[int(time)])), 1) for time in times
    ]


def _fit_and_report(
    reporter: Reporter,
    frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    simulator: SimulatorSettings,
    scaling: IntensityScaling,
    folder: Path,
    seed: int,
) -> Work[None]:
    """Fit the renderer, and report how its frames compare with the video's."""
    microscope = yield from fit_renderer(frames, simulator, folder)
    drawn = yield from render_synthetic(
        reporter.annotation, simulator, scaling, folder, seed
    )
    found = reporter.report(
        drawn.images,
        masks=drawn.masks,
        labels=drawn.annotation(reporter.annotation),
        pairs=[
            render_frames(pair.video, pair.times, microscope, scaling, seed + place)
            for place, pair in enumerate(reporter.pairs)
        ],
    )
    yield from report_lines(found, STAGE)


@dataclass(frozen=True)
class _AnnotationPainter:
    """Draws annotation frames, each object with the same brightness every time."""

    annotations: Sequence[LabelVideo]
    simulator: SimulatorSettings
    scaling: IntensityScaling
    seed: int

    def frames(self, settings: SynthesisSettings) -> list[NDArray[np.float32]]:
        drawn = []
        for number, video in enumerate(self.annotations):
            rng = np.random.default_rng((self.seed, number))
            levels = object_levels(
                video, self.simulator, self.scaling, settings.encoding, rng
            )
            drawn += [
                encode(frame, level, settings.blur, settings.profile)
                for frame, level in zip(video.labels, levels, strict=True)
            ]
        return drawn
