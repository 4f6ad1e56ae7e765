"""The record of a run: versions, machine and videos."""

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from napari_asist.cores import usable_cores
from napari_asist.errors import AsistError
from napari_asist.files import written_aside
from napari_asist.simulation.settings import with_current_kinds

RECORD = "record.json"

RECORDED_PACKAGES = (
    "napari-asist",
    "numpy",
    "scipy",
    "scikit-image",
    "torch",
    "antspyx",
)


@dataclass(frozen=True)
class StageRecord:
    """Settings, seed and inputs of a stage, and the versions and time it took.

    Parameters
    ----------
    stage : str
    settings : dict
        Sections of the recipe that the stage reads.
    seed : int
        Seed of the whole recipe.
    inputs : dict of str to str
        SHA-256 of the folders of earlier stages and of the videos, by name.
    versions : dict of str to str
        Versions of the packages that affect the result.
    seconds : float
        Time spent, without that of killed processes.
    """

    stage: str
    settings: dict[str, Any]
    seed: int
    inputs: dict[str, str]
    versions: dict[str, str]
    seconds: float = 0.0

    def write(self, folder: Path) -> None:
        """Write ``record.json`` into the stage's folder."""
        write_json(folder / RECORD, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the record of a stage's folder.

        Raises
        ------
        AsistError
            It is missing or not a record.
        """
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            return cls(**with_current_kinds(record))
        except (OSError, ValueError, TypeError) as error:
            raise AsistError(
                f"{folder} has no readable {RECORD}, so it is unknown how it was made; "
                "delete the folder and run again."
            ) from error


def write_json(path: Path, value: Any) -> None:
    """Write JSON to a temporary file and rename it, so that it is always complete."""
    with written_aside(path) as aside:
        aside.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that affect the result."""
    found = {"python": platform.python_version()}
    for package in RECORDED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Return the hardware and system of the run."""
    import torch

    gpus = [
        torch.cuda.get_device_name(number)
        for number in range(torch.cuda.device_count())
    ]
    return {"system": platform.platform(), "cores": usable_cores(), "gpus": gpus}


def recorded_videos(run: Path) -> tuple[list[Path], int | None]:
    """Return the videos and channel of a run folder.

    Raises
    ------
    AsistError
        It is not a run folder, or was made from arrays.
    """
    try:
        record = json.loads((run / RECORD).read_text(encoding="utf-8"))
        paths, channel = (
            [video["path"] for video in record["videos"]],
            record["channel"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AsistError(
            f"{run} is not a run folder; create one with napari-asist run VIDEO --out "
            f"{run}."
        ) from error
    if None in paths:
        raise AsistError(
            f"{run} was made from an array, not a file; save its video as a TIFF file "
            "and open that."
        )
    return [Path(path) for path in paths], channel
