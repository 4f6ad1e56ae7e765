"""Make the label-free report while generators are trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.estimation.drawn_borders import drawn_border
from napari_asist.events import Note, Scalars, Work
from napari_asist.labels import LabelVideo, split_gaps
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.synthesis.encode import encode, object_levels
from napari_asist.synthesis.engines.networks import Generator, translate
from napari_asist.synthesis.report.advice import summary
from napari_asist.synthesis.report.crop_classifier import ClassifiedCrops
from napari_asist.synthesis.report.detected import observe, observe_video
from napari_asist.synthesis.report.files import ContactSheet, write_report
from napari_asist.synthesis.report.fresh_pairs import fresh_pairs
from napari_asist.synthesis.report.likeness import Likeness, compared_frames
from napari_asist.synthesis.report.report import (
    CycledPairs,
    SynthesisReport,
    report_synthesis,
)
from napari_asist.synthesis.settings import SynthesisSettings

FRAMES = 3
SIDE = 512
APART = 3
"""Frames between one pair and the next, as if they were from one video."""


class Reporter:
    """Reports on what an engine draws for a few annotation frames.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Raw frames of the microscope videos; a few are measured, once.
    annotation : LabelVideo
        Its middle frames are drawn, at most 512 px wide.
    simulator : SimulatorSettings
        The settings that made the annotation.
    scaling : IntensityScaling
    folder : Path
        Receives ``report.json``, ``report.csv``, ``contact_sheet.png`` and
        ``telltale.png``.
    """

    def __init__(
        self,
        frames: NDArray[np.generic] | Sequence[NDArray[np.generic]],
        annotation: LabelVideo,
        simulator: SimulatorSettings,
        scaling: IntensityScaling,
        folder: Path,
    ) -> None:
        first = max(0, (len(annotation) - FRAMES) // 2)
        cut = annotation.labels[first : first + FRAMES, :SIDE, :SIDE]
        # Tracks that begin later are removed from the table.
        self.annotation = split_gaps(LabelVideo(cut, annotation.tracks))
        self._simulator, self._scaling, self._folder = simulator, scaling, folder
        self._real = observe_video(frames, scaling, simulator.saddle)
        raw = [np.asarray(frames[time]) for time in self._real.times[::2]]
        height, width = np.min([frame.shape for frame in raw], axis=0).clip(max=SIDE)
        self.pairs = fresh_pairs(simulator, seed=0)
        self._shown = np.stack(
            [_middle(scaling.apply(frame), height, width) for frame in raw]
        )

    def report(
        self,
        images: NDArray[np.float32],
        step: int = 0,
        masks: NDArray[np.bool_] | None = None,
        cycled: CycledPairs | None = None,
        labels: LabelVideo | None = None,
        pairs: Sequence[NDArray[np.float32]] = (),
    ) -> SynthesisReport:
        """Write the report on what was drawn for `annotation`, and return it.

        Parameters
        ----------
        images : ndarray of float32, shape (T, Y, X)
        step : int
            Training steps so far.
        masks : ndarray of bool, shape (T, Y, X), optional
        cycled : CycledPairs, optional
        labels : LabelVideo, optional
            What the network learns from, if it is not `annotation`.
        pairs : sequence of ndarray of float32, shape (2, Y, X)
            What was drawn for `pairs`, to compare with the real frames.
        """
        likeness, crops = self._compared(pairs)
        labels = self.annotation if labels is None else labels
        found = report_synthesis(
            images,
            labels,
            self._real,
            self._scaling,
            step,
            masks,
            cycled,
            drawn_border(self._simulator, self._scaling),
            likeness,
        )
        sheet = ContactSheet(
            self._shown,
            images,
            labels.labels,
            None if cycled is None else cycled.cycled_images,
            None if cycled is None else cycled.cycled_annotations,
        )
        write_report(self._folder, found, sheet, crops)
        return found

    def _compared(
        self, pairs: Sequence[NDArray[np.float32]]
    ) -> tuple[Likeness | None, ClassifiedCrops | None]:
        if not pairs:
            return None, None
        times = [
            APART * number + time
            for number, pair in enumerate(pairs)
            for time in range(len(pair))
        ]
        images = [image for pair in pairs for image in pair]
        real = self._real
        drawn = observe(images, self._scaling, real.radius or None, real.saddle, times)
        return compared_frames(real, drawn, self._scaling)

    def at_checkpoint(
        self,
        generators: Mapping[str, Generator],
        settings: SynthesisSettings,
        device: torch.device,
        stage: str,
        step: int,
    ) -> Work[None]:
        """Report on generators: B's frames, and cycled frames if there is an A.

        Parameters
        ----------
        generators : mapping of str to Generator
            ``generator_b`` and, if the engine has one, ``generator_a``.
        settings : SynthesisSettings
        device : torch.device
        stage : str
        step : int
        """
        rng = np.random.default_rng(0)
        b, a = generators["generator_b"], generators.get("generator_a")

        def drawn_of(
            video: LabelVideo, times: range
        ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            drawn = self._encoded(video, times, settings, rng)
            noise = settings.noise * rng.standard_normal(drawn.shape, np.float32)
            return drawn, _translated(b, drawn + noise, device)

        drawn, images = drawn_of(self.annotation, range(len(self.annotation)))
        pairs = [drawn_of(pair.video, pair.times)[1] for pair in self.pairs]
        cycled = None
        if a is not None:
            there = _translated(a, self._shown, device)
            back = _translated(b, there, device), _translated(a, images, device)
            cycled = CycledPairs(self._shown, back[0], drawn, back[1])
        found = self.report(images, step, cycled=cycled, pairs=pairs)
        values = {"visible": found.visible, "shown": found.shown}
        yield Scalars(stage, step, {k: v for k, v in values.items() if np.isfinite(v)})

    def _encoded(
        self,
        video: LabelVideo,
        times: range,
        settings: SynthesisSettings,
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        levels = object_levels(
            video, self._simulator, self._scaling, settings.encoding, rng
        )
        return np.stack(
            [
                encode(
                    video.labels[time], levels[time], settings.blur, settings.profile
                )
                for time in times
            ]
        )


def report_lines(report: SynthesisReport, stage: str) -> Work[None]:
    """Yield a report, line by line."""
    for line in summary(report).splitlines():
        yield Note(stage, line)


def _middle(frame: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    top, left = (frame.shape[0] - height) // 2, (frame.shape[1] - width) // 2
    return frame[top : top + height, left : left + width]


def _translated(
    generator: Generator, images: NDArray[np.float32], device: torch.device
) -> NDArray[np.float32]:
    moved = torch.from_numpy(images).to(device)
    drawn = [translate(generator, image).cpu().numpy() for image in moved]
    return np.stack(drawn)
