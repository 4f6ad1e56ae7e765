"""Track many videos with one model, and collect their tracks in one table."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_asist.ctc import result_name
from napari_asist.errors import AsistError
from napari_asist.events import Note, Progress, Started, StopFlag, Stopped, Work
from napari_asist.files import written_aside
from napari_asist.video import open_video
from napari_asist.video.folder import TIFF_SUFFIXES
from napari_asist.workflow.apply_model import track_with_model
from napari_asist.workflow.export.provenance import hash_file
from napari_asist.workflow.export.run_card import CARD
from napari_asist.workflow.export.tracked import table_beside
from napari_asist.workflow.model import Model
from napari_asist.workflow.pretrained import KINDS, pretrained_weights
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.claim import claimed
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.run_folder.record import write_json

STAGE = "batch"
TABLE = "tracks.csv"
"""The tracks of all videos."""

ASKED = "batch.json"
"""Model and settings of a complete result in the folder of its video."""


@dataclass(frozen=True)
class Failure:
    """A video that was not tracked, and why."""

    video: Path
    why: str


def videos_in(folder: Path) -> list[Path]:
    """Return the videos of a folder, sorted by name: TIFF files, and folders of frames.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    AsistError
        It is no folder, or has neither.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise AsistError(
            f"{folder} cannot be read ({error.strerror or error}); choose a folder "
            "with videos."
        ) from error
    found = [entry for entry in entries if _may_be_video(entry)]
    if not found:
        raise AsistError(
            f"{folder} contains no videos; choose a folder with TIFF stacks, or with "
            "folders of frames."
        )
    return found


def _may_be_video(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    if path.is_file():
        return path.suffix.lower() in TIFF_SUFFIXES
    return path.is_dir() and any(
        one.suffix.lower() in TIFF_SUFFIXES for one in path.iterdir()
    )


def tracking_batch(
    videos: Sequence[Path],
    channel: int | None,
    model: Model | Recipe,
    out: Path,
    stop: StopFlag,
) -> Work[list[Failure]]:
    """Track videos one after the other; those that are already tracked are skipped.

    Parameters
    ----------
    videos : sequence of Path
    channel : int or None
        Channel of videos that have several.
    model : Model or Recipe
        A recipe is used with the ready-made model that suits each video.
    out : Path
        Output folder. Each video has a folder in it, see `track_with_model`;
        ``tracks.csv`` has the objects of all videos.
    stop : StopFlag

    Returns
    -------
    list of Failure
        The videos that were not tracked. The others are complete.

    Raises
    ------
    AsistError
        The folder contains other files or is in use, or two videos have one name.
    Stopped
        If asked to stop; complete results stay.
    """
    folders = {out / name: video for name, video in _named(videos).items()}
    failures = []
    with claimed(out):
        for number, (folder, path) in enumerate(folders.items(), 1):
            yield Note(STAGE, f"Video {number} of {len(videos)}: {path.name}.")
            try:
                yield from _tracking(path, channel, model, folder, stop)
            except Stopped:
                raise
            except AsistError as error:
                failures.append(Failure(path, str(error)))
                yield Note(STAGE, f"{path.name} is left out: {error}")
        failed = {failure.video for failure in failures}
        done = {
            folder.name: table_beside(folder / result_name())
            for folder, path in folders.items()
            if path not in failed
        }
        yield from _collecting(done, out / TABLE)
    return failures


def _named(videos: Sequence[Path]) -> dict[str, Path]:
    """Return videos by the names of their folders: without the ending, if unique."""
    stems = [video.stem for video in videos]
    names = {
        video.stem if stems.count(video.stem) == 1 else video.name: video
        for video in videos
    }
    if len(names) < len(videos):
        twice = next(one for one in videos if one not in names.values())
        raise AsistError(
            f"Two of the videos are called {twice.name}; rename one, or track them in "
            "different batches."
        )
    return names


def _tracking(
    path: Path,
    channel: int | None,
    model: Model | Recipe,
    folder: Path,
    stop: StopFlag,
) -> Work[None]:
    video, asked = open_video(path, channel), _asked(model)
    if _is_made_with(asked, folder):
        digest = yield from hash_frames(video.frames, video.name)
        if _card(folder)["origin"]["video"]["sha256"] == digest:
            yield Note(STAGE, f"{path.name} is already tracked.")
            return
    (folder / ASKED).unlink(missing_ok=True)
    yield from track_with_model(video, channel, model, folder, stop)
    write_json(folder / ASKED, asked)


def _asked(model: Model | Recipe) -> dict[str, Any]:
    """Return all that decides the tracks of a video, as plain data."""
    if isinstance(model, Model):
        recipe, weights = model.recipe, [model.weights]
    else:
        recipe, weights = model, [pretrained_weights(name) for name in KINDS]
    return {
        "settings": recipe.model_dump(mode="json"),
        "models": [hash_file(file) for file in weights],
    }


def _is_made_with(asked: Mapping[str, Any], folder: Path) -> bool:
    """Whether a folder has a complete result of these models and settings."""
    try:
        made = json.loads((folder / ASKED).read_text(encoding="utf-8"))
        is_whole = table_beside(folder / result_name()).is_file()
        return is_whole and made == asked and bool(_card(folder)["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _card(folder: Path) -> Mapping[str, Any]:
    card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return card


def _collecting(tables: Mapping[str, Path], into: Path) -> Work[None]:
    """Write the rows of several tables to one, with the names of the videos."""
    yield Started(STAGE, len(tables), "videos")
    columns = ["video"]
    for path in tables.values():
        with path.open(newline="", encoding="utf-8") as file:
            header = csv.DictReader(file).fieldnames or ()
            columns += [name for name in header if name not in columns]
    with (
        written_aside(into) as aside,
        aside.open("w", newline="", encoding="utf-8") as file,
    ):
        whole = csv.DictWriter(file, columns, lineterminator="\n")
        whole.writeheader()
        for number, (name, path) in enumerate(tables.items(), 1):
            with path.open(newline="", encoding="utf-8") as part:
                for row in csv.DictReader(part):
                    whole.writerow({"video": name, **row})
            yield Progress(STAGE, number, len(tables))
