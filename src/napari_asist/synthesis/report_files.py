"""The report on disk: the last one, one row for each, and a picture."""

import csv
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from napari_asist.synthesis.contact_sheet import ContactSheet, write_contact_sheet
from napari_asist.synthesis.report import SynthesisReport

REPORT, ROWS, SHEET = "report.json", "report.csv", "contact_sheet.png"


def write_report(
    folder: Path, report: SynthesisReport, sheet: ContactSheet | None = None
) -> None:
    """Write ``report.json``, a row of ``report.csv``, and ``contact_sheet.png``.

    Parameters
    ----------
    folder : Path
        Made where it is missing. Rows of later steps, which a killed training left
        behind, are dropped.
    report : SynthesisReport
    sheet : ContactSheet, optional
        Without it there is no picture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {name: _plain(value) for name, value in asdict(report).items()}
    values = {**numbers, "verdict": report.verdict}
    text = json.dumps(values, indent=2, allow_nan=False)
    (folder / REPORT).write_text(text + "\n", "utf-8")
    _write_row(folder / ROWS, values, report.step)
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
    optional = {name.name for name in fields(SynthesisReport) if name.default is None}
    for name, value in values.items():
        if value is None and name not in optional:
            values[name] = math.nan
    return SynthesisReport(**values)


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
