"""The report on disk: the last one, one row for each, and a picture."""

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from napari_asist.synthesis.contact_sheet import ContactSheet, write_contact_sheet
from napari_asist.synthesis.crop_classifier import ToldApart
from napari_asist.synthesis.likeness import Comparison, Likeness
from napari_asist.synthesis.report import SynthesisReport
from napari_asist.synthesis.telltale import TELLTALE, write_telltale

REPORT, ROWS, SHEET = "report.json", "report.csv", "contact_sheet.png"


def write_report(
    folder: Path,
    report: SynthesisReport,
    sheet: ContactSheet | None = None,
    crops: ToldApart | None = None,
) -> None:
    """Write ``report.json``, a row of ``report.csv``, and two pictures.

    They are ``contact_sheet.png`` and ``telltale.png``.

    Parameters
    ----------
    folder : Path
        Made where it is missing. Rows of later steps, which a killed training left
        behind, are dropped.
    report : SynthesisReport
    sheet : ContactSheet, optional
        Without it there is no picture of frames.
    crops : ToldApart, optional
        Without them there is no picture of crops.
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
    """Read the last report that `write_report` has left in a folder.

    Parameters
    ----------
    folder : Path
    """
    values: dict[str, Any] = json.loads((folder / REPORT).read_text("utf-8"))
    values.pop("verdict", None)
    likeness = values.pop("likeness", None)
    optional = {name.name for name in fields(SynthesisReport) if name.default is None}
    for name, value in values.items():
        if value is None and name not in optional:
            values[name] = math.nan
    return SynthesisReport(**values, likeness=likeness and _likeness(likeness))


def _record(likeness: Likeness) -> dict[str, Any]:
    """Return plain data; what is not known is null."""
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
    """Return a number that JSON knows, rounded to what it can tell."""
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
