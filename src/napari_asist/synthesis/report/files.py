"""Write reports to disk: the latest, one row for each, and a contact sheet."""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.errors import AsistError
from napari_asist.files import save_picture
from napari_asist.labels import LabelArray
from napari_asist.synthesis.report.crop_classifier import ClassifiedCrops
from napari_asist.synthesis.report.likeness import Comparison, Likeness
from napari_asist.synthesis.report.report import SynthesisReport
from napari_asist.synthesis.report.telltale import TELLTALE, write_telltale

REPORT, ROWS, SHEET = "report.json", "report.csv", "contact_sheet.png"

COLUMNS = 3

SIDE = 320
"""Side of the region of each frame that is shown, at full resolution."""

OUTLINE = np.array([1.0, 0.65, 0.1])

Frames = Sequence[NDArray[np.float32]] | NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ContactSheet:
    """Frames to show, all from -1 to 1; a few of each kind are enough.

    Parameters
    ----------
    real, synthetic : array or sequence of arrays of float32, shape (N, Y, X)
    labels : array or sequence of arrays of unsigned int, shape (N, Y, X)
        Annotations of the synthetic frames, drawn as outlines.
    cycled_images : array or sequence of arrays of float32, shape (N, Y, X), optional
        B(A(x)) of the shown real frames.
    cycled_annotations : array or sequence of arrays of float32, optional
        A(B(y)) of the shown synthetic frames.
    """

    real: Frames
    synthetic: Frames
    labels: Sequence[LabelArray] | LabelArray
    cycled_images: Frames | None = None
    cycled_annotations: Frames | None = None


def write_report(
    folder: Path,
    report: SynthesisReport,
    sheet: ContactSheet | None = None,
    crops: ClassifiedCrops | None = None,
) -> None:
    """Write ``report.json``, a row of ``report.csv``, and two images.

    They are ``contact_sheet.png`` and ``telltale.png``.

    Parameters
    ----------
    folder : Path
        Created if it is missing. Rows of later steps, left by a killed training, are
        removed.
    report : SynthesisReport
    sheet : ContactSheet, optional
        Without it, no image of frames is written.
    crops : ClassifiedCrops, optional
        Without them, no image of crops is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    alone = asdict(replace(report, likeness=None))
    del alone["likeness"]
    numbers = {name: _plain(value) for name, value in alone.items()}
    values = {**numbers, "verdict": report.verdict}
    likeness = None if report.likeness is None else _record(report.likeness)
    text = json.dumps({**values, "likeness": likeness}, indent=2, allow_nan=False)
    (folder / REPORT).write_text(text + "\n", "utf-8")
    _write_row(folder / ROWS, {**values, **_figures(report.likeness)}, report.step)
    if crops is not None:
        write_telltale(folder / TELLTALE, crops)
    if sheet is not None:
        title = (
            f"step {report.step}: visible area {report.visible:.2f} "
            f"({report.verdict}), {report.shown:.0%} drawn"
        )
        write_contact_sheet(folder / SHEET, sheet, title)


def read_report(folder: Path) -> SynthesisReport:
    """Read the last report that `write_report` wrote to a folder.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    AsistError
        There is no report, or it is incomplete or from another version.
    """
    path = folder / REPORT
    try:
        return _report_of(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise AsistError(f"{path} is not a readable report ({error}).") from error


def _report_of(values: dict[str, Any]) -> SynthesisReport:
    values.pop("verdict", None)
    likeness = values.pop("likeness", None)
    optional = {name.name for name in fields(SynthesisReport) if name.default is None}
    for name, value in values.items():
        if value is None and name not in optional:
            values[name] = math.nan
    return SynthesisReport(**values, likeness=likeness and _likeness(likeness))


def _record(likeness: Likeness) -> dict[str, Any]:
    """Return plain data; unknown values are null."""
    return {
        "distance": _plain(likeness.distance),
        "accuracy": _plain(likeness.accuracy),
        "by": likeness.by,
        "features": {
            part.name: {
                "found": [_plain(value) for value in part.found],
                "real": [_plain(value) for value in part.real],
                "reach": _plain(part.reach),
                "deviation": _plain(part.deviation),
            }
            for part in likeness.comparisons
        },
    }


def _likeness(record: Mapping[str, Any]) -> Likeness:
    def known(values: list[float | None]) -> tuple[float, ...]:
        return tuple(math.nan if value is None else value for value in values)

    parts = tuple(
        Comparison(name, known(part["found"]), known(part["real"]), part["reach"])
        for name, part in record["features"].items()
    )
    (accuracy,) = known([record["accuracy"]])
    return Likeness(parts, accuracy, record["by"])


def _figures(likeness: Likeness | None) -> dict[str, float | None]:
    """Return the columns of the table: summary, accuracy, and deviations."""
    if likeness is None:
        return {}
    return {
        "distance": _plain(likeness.distance),
        "accuracy": _plain(likeness.accuracy),
        **{
            f"{part.name}_deviation": _plain(part.deviation)
            for part in likeness.comparisons
        },
    }


def _plain(value: float | None) -> float | None:
    """Return a number that JSON supports, rounded to its precision."""
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _write_row(path: Path, values: Mapping[str, object], step: int) -> None:
    earlier: list[dict[str, str]] = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            earlier = [row for row in csv.DictReader(file) if int(row["step"]) < step]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, list(values), extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows([*earlier, values])


def write_contact_sheet(path: Path, sheet: ContactSheet, title: str = "") -> None:
    """Write the image.

    Parameters
    ----------
    path : Path
        PNG to write.
    sheet : ContactSheet
    title : str
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = list(_rows(sheet))
    columns = min(COLUMNS, max(len(images) for _, images in rows))
    size = (2.9 * columns + 0.4, 3.0 * len(rows) + 0.5)
    figure = Figure(figsize=size, dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=10)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes, (name, images) in zip(grid, rows, strict=True):
        for place in axes:
            place.set_xticks([])
            place.set_yticks([])
            place.set_frame_on(False)
        axes[0].set_ylabel(name, fontsize=9)
        for place, image in zip(axes, images, strict=False):
            place.imshow(image, interpolation="nearest")
    save_picture(figure, path)


def _rows(sheet: ContactSheet) -> Iterator[tuple[str, list[NDArray[np.float32]]]]:
    yield "real", [_gray(image) for image in _some(sheet.real)]
    if sheet.cycled_images is not None:
        yield "real, cycled", [_gray(image) for image in _some(sheet.cycled_images)]
    synthetic, labels = _some(sheet.synthetic), _some(sheet.labels)
    yield "synthetic", [_gray(image) for image in synthetic]
    yield (
        "synthetic, annotations",
        [_outlined(*pair) for pair in zip(synthetic, labels, strict=True)],
    )
    if sheet.cycled_annotations is not None:
        cycled = _some(sheet.cycled_annotations)
        yield "annotations, cycled", [_gray(image) for image in cycled]


def _some(
    frames: Sequence[NDArray[np.generic]] | NDArray[np.generic],
) -> list[NDArray[np.generic]]:
    """Return the centers of a few frames, spread over all of them."""
    count = min(COLUMNS, len(frames))
    times = np.linspace(0, len(frames) - 1, count).round().astype(int)
    return [_middle(np.asarray(frames[int(time)])) for time in times]


def _middle(image: NDArray[np.generic]) -> NDArray[np.generic]:
    top, left = (max(0, (side - SIDE) // 2) for side in image.shape)
    return image[top : top + SIDE, left : left + SIDE]


def _gray(image: NDArray[np.generic]) -> NDArray[np.float32]:
    light = np.clip((image.astype(np.float32) + 1) / 2, 0, 1)
    return np.repeat(light[..., None], 3, axis=2)


def _outlined(
    image: NDArray[np.generic], labels: NDArray[np.generic]
) -> NDArray[np.float32]:
    from skimage.segmentation import find_boundaries

    colored = _gray(image)
    colored[find_boundaries(labels, mode="inner")] = OUTLINE  # type: ignore[no-untyped-call]
    return colored
