"""The output of trainings in a run folder: losses and sample images."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from napari_asist.workflow.run_folder.folder import RunFolder

TRAININGS: Mapping[str, tuple[str, str]] = {
    "synthesis (main)": ("synthesis", "main"),
    "synthesis (mask)": ("synthesis", "mask"),
    "depth": ("network", ""),
    "embedding": ("network", ""),
}
"""Stage folder and the training's folder in it, by the training's name in events."""

LOSSES, SAMPLES = "losses.csv", "samples"

Losses: TypeAlias = dict[str, tuple[list[float], list[float]]]
"""Steps and values, by name of the loss."""


def training_folder(run: Path, training: str) -> Path | None:
    """Return the folder of a training; None if it was never started.

    Parameters
    ----------
    run : Path
    training : str
        A name in `TRAININGS`.
    """
    folder, within = TRAININGS[training]
    stage = RunFolder(run).existing(folder)
    return stage / within if stage and (stage / within).is_dir() else None


def read_losses(folder: Path) -> Losses:
    """Return the losses that a training has written so far.

    A partly written row is left out.
    """
    losses: Losses = {}
    try:
        with (folder / LOSSES).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        return losses
    for row in rows:
        for name, text in row.items():
            if name is None or name == "step" or not isinstance(text, str):
                continue
            try:
                step, value = float(row["step"]), float(text)
            except ValueError:
                continue
            if math.isfinite(value):
                steps, values = losses.setdefault(name, ([], []))
                steps.append(step)
                values.append(value)
    return losses


def sample_files(folder: Path) -> dict[int, dict[str, Path]]:
    """Return a training's pictures by step and name, earliest first."""
    found: dict[int, dict[str, Path]] = {}
    for path in (folder / SAMPLES).glob("*_*.png"):
        name, _, number = path.stem.rpartition("_")
        if number.isdecimal():
            found.setdefault(int(number), {})[name] = path
    return {step: dict(sorted(found[step].items())) for step in sorted(found)}
