"""The label-free report, made while generators learn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.events import Note, Scalars, Work
from napari_asist.labels import LabelVideo, split_gaps
from napari_asist.scaling import IntensityScaling
from napari_asist.simulation.detect import NUCLEUS_SADDLE, STICK_SADDLE
from napari_asist.simulation.drawn_borders import drawn_border
from napari_asist.simulation.settings import HelaSettings, SimulatorSettings
from napari_asist.synthesis.contact_sheet import ContactSheet
from napari_asist.synthesis.cycled import CycledPairs
from napari_asist.synthesis.encode import encode, object_levels
from napari_asist.synthesis.networks import Generator, translate
from napari_asist.synthesis.observed import observe_video
from napari_asist.synthesis.report import SynthesisReport, report_synthesis
from napari_asist.synthesis.report_files import write_report
from napari_asist.synthesis.settings import SynthesisSettings

FRAMES = 3
SIDE = 512


class Reporter:
    """Reports on what an engine draws of a few annotation frames.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Raw frames of the microscope videos; a few are looked at, once.
    annotation : LabelVideo
        Its frames in the middle, at most 512 px wide, are drawn.
    simulator : SimulatorSettings
        The settings that made the annotation.
    scaling : IntensityScaling
    folder : Path
        Receives ``report.json``, ``report.csv`` and ``contact_sheet.png``.
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
        # Tracks that begin later lose their row.
        self.annotation = split_gaps(LabelVideo(cut, annotation.tracks))
        self._simulator, self._scaling, self._folder = simulator, scaling, folder
        saddle = NUCLEUS_SADDLE if isinstance(simulator, HelaSettings) else STICK_SADDLE
        self._real = observe_video(frames, scaling, saddle)
        raw = [np.asarray(frames[time]) for time in self._real.times[::2]]
        height, width = np.min([frame.shape for frame in raw], axis=0).clip(max=SIDE)
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
    ) -> SynthesisReport:
        """Write the report on what was drawn of `annotation`, and return it.

        Parameters
        ----------
        images : ndarray of float32, shape (T, Y, X)
        step : int
            Training steps until now.
        masks : ndarray of bool, shape (T, Y, X), optional
        cycled : CycledPairs, optional
        labels : LabelVideo, optional
            What the network learns, where that is not `annotation`.
        """
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
        )
        sheet = ContactSheet(
            self._shown,
            images,
            labels.labels,
            None if cycled is None else cycled.cycled_images,
            None if cycled is None else cycled.cycled_annotations,
        )
        write_report(self._folder, found, sheet)
        return found

    def at_checkpoint(
        self,
        generators: Mapping[str, Generator],
        settings: SynthesisSettings,
        device: torch.device,
        stage: str,
        step: int,
    ) -> Work[None]:
        """Report on generators: B's drawings, and what goes there and back if A is.

        Parameters
        ----------
        generators : mapping of str to Generator
            ``generator_b`` and, where the engine has one, ``generator_a``.
        settings : SynthesisSettings
        device : torch.device
        stage : str
        step : int
        """
        rng = np.random.default_rng(0)
        labels = self.annotation.labels
        levels = object_levels(
            self.annotation, self._simulator, self._scaling, settings.encoding, rng
        )
        drawn = np.stack(
            [
                encode(frame, level, settings.blur, settings.profile)
                for frame, level in zip(labels, levels, strict=True)
            ]
        )
        noise = settings.noise * rng.standard_normal(drawn.shape, np.float32)
        b, a = generators["generator_b"], generators.get("generator_a")
        images = _translated(b, drawn + noise, device)
        cycled = None
        if a is not None:
            there = _translated(a, self._shown, device)
            back = _translated(b, there, device), _translated(a, images, device)
            cycled = CycledPairs(self._shown, back[0], drawn, back[1])
        found = self.report(images, step, cycled=cycled)
        told = {"visible": found.visible, "shown": found.shown}
        yield Scalars(stage, step, {k: v for k, v in told.items() if np.isfinite(v)})


def told(report: SynthesisReport, stage: str) -> Work[None]:
    """Tell a report, line by line."""
    for line in report.summary().splitlines():
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
