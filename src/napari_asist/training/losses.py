"""The file of losses over the steps."""

import csv
from collections.abc import Mapping
from pathlib import Path

from napari_asist.files import written_aside
from napari_asist.training.ranks import ranks


class LossFile:
    """``losses.csv``: one row per report, each the mean of the steps since the last.

    Parameters
    ----------
    path : Path
    first_step : int
        Rows after this step are dropped, because their steps will be repeated.
    """

    def __init__(self, path: Path, first_step: int) -> None:
        self._path = path
        self._sums: dict[str, float] = {}
        self._count = 0
        if path.exists() and ranks().is_first:
            self._drop_rows_after(first_step)

    def _drop_rows_after(self, step: int) -> None:
        """Keep the complete rows up to a step; a killed process leaves a torn one."""
        header, *rows = self._path.read_text(errors="replace").splitlines(True) or [""]
        kept = [row for row in rows if _step_of(row, header.count(",")) <= step]
        with written_aside(self._path) as aside:
            aside.write_text("".join([header, *kept]) if header.endswith("\n") else "")

    def add(self, values: Mapping[str, float]) -> None:
        """Add one step's losses."""
        self._count += 1
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def report(self, step: int) -> dict[str, float]:
        """Write the row of a step and return its means."""
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        if ranks().is_first:
            self._append(step, means)
        return means

    def _append(self, step: int, means: Mapping[str, float]) -> None:
        is_new = not self._path.exists() or not self._path.stat().st_size
        with self._path.open("a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(["step", *means])
            writer.writerow([step, *(f"{value:.6g}" for value in means.values())])


def _step_of(row: str, commas: int) -> float:
    """Return the step of a complete row, infinite for others."""
    first = row.partition(",")[0]
    is_whole = row.endswith("\n") and row.count(",") == commas and first.isdecimal()
    return int(first) if is_whole else float("inf")
