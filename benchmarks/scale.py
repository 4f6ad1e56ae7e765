"""Effect of magnification: HeLa 01 at half, twice and four times its resolution.

Run it from the checkout: ``python benchmarks/scale.py --out DIR``, with ``--run RUN``
for the folder of an existing run on HeLa 01; otherwise one is created first. The video
is resampled, downsampled by averaging as in a camera with pixels twice as large, or
upsampled by `napari_asist.resampling`, and tracked by its own model and by that of the
original. DET and SEG, gold and silver, are shown next to those of the original; they
may be .01 and .02 lower. At four times the resolution the middle quarter of the field
is tracked; it is then also cut out of the original and tracked by its model.

The ground truth is enlarged by nearest neighbor. When it is halved, a pixel is assigned
to the majority of the four that it covers, because its center is between them, and
choosing any one of them would shift the ground truth. HeLa 01 is looked up in the
folder that NAPARI_ASIST_DATA names, or else in ``../shared/data``; all output is in
``--out``, and existing output is not computed again.
"""

import argparse
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import tifffile
from challenge_data import MARGIN, data_folder, missing_parts
from numpy.typing import NDArray
from timed_command import end_all, run_command

from napari_asist.ctc import find_frames, read_ctc, read_mask, write_ctc
from napari_asist.evaluation import evaluate
from napari_asist.labels import LabelArray, LabelVideo, split_gaps
from napari_asist.resampling import resampled
from napari_asist.video import open_video
from napari_asist.workflow.presets import DEFAULT_PRESET, PRESETS

SEQUENCE = "Fluo-N2DL-HeLa/01"
NEAR = {"DET": 0.01, "SEG": 0.02, "silver": 0.02, "TRA": 0.01}
"""How much lower scores may be than at the original resolution."""

COLUMNS = tuple(NEAR)
WIDTH = 17


@dataclass(frozen=True)
class Scale:
    """A resolution, of the whole field or of its middle quarter.

    Parameters
    ----------
    factor : float
        1/2 or a whole number.
    is_cut : bool
    """

    factor: float
    is_cut: bool = False

    @property
    def name(self) -> str:
        """Name of the folder and the row."""
        return f"x{self.factor:g}{'-middle' if self.is_cut else ''}"

    @property
    def margin(self) -> int:
        """Margin excluded from the scores, in px."""
        return round(self.factor * MARGIN)

    def cut(self, frame: LabelArray) -> LabelArray:
        """Return the part of a frame (Y, X) that is evaluated."""
        if not self.is_cut:
            return frame
        height, width = frame.shape
        rows = slice(height // 4, height // 4 + height // 2)
        return frame[rows, width // 4 : width // 4 + width // 2]


WHOLE, MIDDLE = Scale(1), Scale(1, True)
SCALES = {"x0.5": Scale(0.5), "x2": Scale(2), "x4": Scale(4, True)}


def main(arguments: list[str] | None = None) -> int:
    """Print a table; return 1 if a score is too low.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder to work in")
    parser.add_argument("--run", type=Path, help="a run folder of HeLa 01")
    parser.add_argument("--only", nargs="+", choices=list(SCALES), help="resolutions")
    parser.add_argument(
        "--without-own", action="store_true", help="do not train other models"
    )
    parser.add_argument("--preset", choices=list(PRESETS), default=DEFAULT_PRESET)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--frames", type=int, help="only the first ones; use a separate --out"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        help="a setting for all training",
    )
    options = parser.parse_args(arguments)
    sequence = data_folder() / SEQUENCE
    if missing := missing_parts(sequence):
        print(f"Skipped: {sequence.parent} has no {', '.join(missing)}.")
        return 0
    recipe = ["--preset", options.preset, "--seed", str(options.seed)]
    for change in options.changes:
        recipe += ["--set", change]
    try:
        return _compare(sequence, recipe, options)
    except KeyboardInterrupt:
        print("Stopped; the same command resumes.")
        return 130
    finally:
        end_all()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _compare(sequence: Path, recipe: list[str], options: argparse.Namespace) -> int:
    out: Path = options.out
    run = options.run or out / WHOLE.name / "run"
    folder = write_at_scale(sequence, WHOLE, out, options.frames)
    if options.run is None:
        _run(folder, recipe)
    print(f"{'':<24}" + "".join(f"{name:>{WIDTH}}" for name in COLUMNS))
    # The original is tracked by its model like all others, regardless of the run.
    references = {False: _tracked(WHOLE, folder, run)}
    _print_row(f"{WHOLE.name}, its model", references[False])
    enough = True
    for scale in (SCALES[name] for name in options.only or SCALES):
        if scale.is_cut and True not in references:
            folder = write_at_scale(sequence, MIDDLE, out, options.frames)
            references[True] = _tracked(MIDDLE, folder, run)
            _print_row(f"{MIDDLE.name}, x1's model", references[True])
        reference = references[scale.is_cut]
        folder = write_at_scale(sequence, scale, out, options.frames)
        found = _tracked(scale, folder, run)
        enough &= _print_row(f"{scale.name}, x1's model", found, reference)
        if not options.without_own:
            found = _scored(scale, folder, _run(folder, recipe))
            enough &= _print_row(f"{scale.name}, its own", found, reference)
    print("All scores are close." if enough else "Scores marked ! are too low.")
    return int(not enough)


def _run(folder: Path, recipe: Sequence[str]) -> Path:
    """Train on a video and track it; return the result folder."""
    result = folder / "run" / "result" / "01_RES"
    if not result.exists():
        command = ["run", str(folder / "01"), "--out", str(folder / "run"), *recipe]
        run_command(command, folder / "run-log")
    return result


def _tracked(scale: Scale, folder: Path, run: Path) -> dict[str, float | None]:
    """Track a video with the model of the original and score it."""
    out = folder / "by-x1"
    if not (out / "01_RES").exists():
        command = ["track", str(folder / "01"), "--model", str(run)]
        run_command([*command, "--out", str(out)], folder / "track-log")
    return _scored(scale, folder, out / "01_RES")


def _scored(scale: Scale, folder: Path, result: Path) -> dict[str, float | None]:
    truth, silver = folder / "01_GT", folder / "01_ST"
    scores = evaluate(truth, result, scale.margin)
    dense = evaluate(truth, result, scale.margin, silver).seg
    values = (scores.det, scores.seg, dense, scores.tra)
    return dict(zip(COLUMNS, values, strict=True))


def _print_row(
    title: str,
    scores: dict[str, float | None],
    reference: dict[str, float | None] | None = None,
) -> bool:
    """Print scores and differences; return whether all are close."""
    cells, enough = [], True
    for name, score in scores.items():
        before = reference[name] if reference else None
        cell = "–" if score is None else f"{score:.4f}"
        if score is not None and before is not None:
            is_near = score - before >= -NEAR[name]
            enough &= is_near
            cell += f" ({score - before:+.4f}){'' if is_near else '!'}"
        cells.append(cell)
    print(f"{title:<24}" + "".join(f"{cell:>{WIDTH}}" for cell in cells), flush=True)
    return enough


def write_at_scale(
    sequence: Path, scale: Scale, out: Path, n_frames: int | None = None
) -> Path:
    """Write a sequence with its ground truth at another resolution.

    Parameters
    ----------
    sequence : Path
        Its ground truth is next to it.
    scale : Scale
    out : Path
        Receives a folder with ``01``, ``01_GT`` and ``01_ST``; an existing one is kept.
    n_frames : int, optional
        Only the first frames.
    """
    folder = out / scale.name
    if (folder / "01").exists():
        return folder
    partial = folder / "01.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    video = open_video(sequence)
    count = min(n_frames or len(video.frames), len(video.frames))
    numbers = range(video.first_frame, video.first_frame + count)
    for time, number in enumerate(numbers):
        frame = scale.cut(np.asarray(video.frames[time]))
        image = np.rint(_as_seen(frame, scale.factor)).astype(np.uint16)
        tifffile.imwrite(partial / f"t{number:03d}.tif", image, compression="zlib")
    _write_markers(sequence, scale, folder, count)
    for kind in ("GT", "ST"):
        source = sequence.with_name(f"{sequence.name}_{kind}")
        _write_masks(source, scale, folder / f"01_{kind}", numbers)
    partial.rename(folder / "01")
    return folder


def _as_seen(frame: NDArray[np.uint16], factor: float) -> NDArray[np.float32]:
    """Enlarge a frame, or average pixels as a coarser camera would."""
    if factor >= 1:
        height, width = (round(factor * side) for side in frame.shape)
        return resampled(frame, (height, width))
    size = round(1 / factor)
    height, width = (side // size for side in frame.shape)
    even = frame[: size * height, : size * width]
    blocks = even.reshape(height, size, width, size)
    return np.asarray(blocks.mean((1, 3)), np.float32)


def _write_markers(sequence: Path, scale: Scale, folder: Path, count: int) -> None:
    truth = read_ctc(sequence.with_name(f"{sequence.name}_GT")).until(count)
    labels = np.stack([_at_scale(frame, scale, True) for frame in truth.labels])
    # Tracks are cut where objects leave the selected part of the field.
    video = split_gaps(LabelVideo(labels, truth.tracks, truth.first_frame))
    write_ctc(video, folder / "01_GT", "truth")
    shutil.rmtree(folder / "01_GT" / "SEG")  # markers are not outlines


def _write_masks(source: Path, scale: Scale, target: Path, numbers: range) -> None:
    (target / "SEG").mkdir(parents=True, exist_ok=True)
    for number, path in find_frames(source / "SEG", "man_seg").items():
        if number in numbers:
            masks = _at_scale(read_mask(path), scale, False)
            tifffile.imwrite(target / "SEG" / path.name, masks, compression="zlib")


def _at_scale(frame: LabelArray, scale: Scale, keeps_all: bool) -> LabelArray:
    labels = scale.cut(frame)
    if scale.factor >= 1:
        times = round(scale.factor)
        return labels.repeat(times, 0).repeat(times, 1)
    smaller = halved(labels)
    if keeps_all:
        for label in np.setdiff1d(labels, smaller).tolist():
            rows, columns = np.nonzero(labels == label)
            place = len(rows) // 2
            # A leftover row has no pixel of its own.
            row, column = rows[place] // 2, columns[place] // 2
            smaller[min(row, len(smaller) - 1), min(column, smaller.shape[1] - 1)] = (
                label
            )
    return smaller


def halved(labels: LabelArray) -> LabelArray:
    """Halve the resolution, assigning each pixel the majority label of its four.

    Ties go alternately to the lower and the higher label, like the squares of a
    chessboard, so that no object grows or shifts.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of the same dtype, shape (Y // 2, X // 2)
    """
    height, width = (side // 2 for side in labels.shape)
    even = labels[: 2 * height, : 2 * width]
    four = np.sort([even[row::2, column::2] for row in (0, 1) for column in (0, 1)], 0)
    is_lower = np.indices((height, width)).sum(0) % 2 == 0
    # Once sorted, two or more equal labels occupy at least one of the middle places.
    return np.where(is_lower, four[1], four[2])


if __name__ == "__main__":
    sys.exit(main())
