"""Export a result: CTC folder, tables and run card."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.events import Finished, Progress, Started, StopFlag, Work
from napari_asist.labels import LabelVideo
from napari_asist.measurement.objects import (
    ObjectTable,
    joined,
    labels_of,
    measured_frames,
)
from napari_asist.measurement.scale import Scale
from napari_asist.measurement.tracks import track_statistics
from napari_asist.proofreading import journal_beside, remove_journal, write_journal
from napari_asist.workflow.export.check import check_result
from napari_asist.workflow.export.provenance import Origin
from napari_asist.workflow.export.run_card import CARD, METHODS, write_card
from napari_asist.workflow.export.tables import (
    write_statistics_table,
    write_tracks_table,
)

TRACKS = "tracks.csv"
OBJECTS = "objects.csv"
STAGE = "export"


def export_result(
    result: LabelVideo,
    folder: Path,
    scale: Scale,
    origin: Origin | None,
    made_as: str | None,
    stop: StopFlag,
    journal: Sequence[str] = (),
    reviewed: Mapping[str, int] | None = None,
) -> Work[Path]:
    """Write a result as a CTC folder with tables and a run card.

    Parameters
    ----------
    result : LabelVideo
        Must be valid.
    folder : Path
        Output folder for ``01_RES``, which is validated; ``tracks.csv``, one row per
        track; ``objects.csv``, one row per object and frame; ``run_card.json`` and
        ``methods.md``; and the corrections that were made by hand, if any, in
        ``01_corrections.json``. An earlier export is replaced.
    scale : Scale
        Adds micrometers and minutes to the tables.
    origin : Origin or None
    made_as : str or None
        See `run_card`.
    stop : StopFlag
    journal : sequence of str
    reviewed : mapping of str to int, optional
        See `run_card`.

    Returns
    -------
    Path
        ``folder/01_RES``.

    Raises
    ------
    AsistError
        The folder contains files that are not an export, or cannot be written.
    Stopped
        If asked to stop; what was written stays.
    """
    from napari_asist.ctc import result_name, storable, write_ctc

    refuse_overwriting(folder)
    ctc = folder / result_name()
    began = time.monotonic()
    frames: list[ObjectTable] = []

    def measure() -> None:
        frames.extend(measured_frames(result.labels))
        # The run card first, because it marks the folder as an export.
        write_card(
            result, origin, folder, made_as, labels_of(frames), journal, reviewed
        )

    def list_corrections() -> None:
        if journal:
            written, _ = storable(result, labels_of(frames))
            write_journal(journal, ctc, written.digest())
        else:
            remove_journal(ctc)

    steps: list[Callable[[], object]] = [
        measure,
        lambda: write_ctc(result, ctc, stop=stop, present=labels_of(frames)),
        list_corrections,
        lambda: write_tracks_table(result, folder / OBJECTS, scale.pixel_size, frames),
        lambda: write_statistics_table(
            track_statistics(result, joined(frames)),
            folder / TRACKS,
            scale,
            result.first_frame,
        ),
    ]
    yield Started(STAGE, len(steps), "steps")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, write in enumerate(steps, 1):
            stop.raise_if_set()
            write()
            yield Progress(STAGE, number, len(steps))
    except OSError as error:
        raise AsistError(
            f"{folder} cannot be written ({error.strerror or error}); choose another "
            "folder."
        ) from error
    yield Finished(STAGE, time.monotonic() - began)
    yield from check_result(ctc)
    return ctc


def refuse_overwriting(folder: Path) -> None:
    """Raise an error if an export would overwrite anything but an earlier export.

    Raises
    ------
    AsistError
        Names the file.
    """
    from napari_asist.ctc import refuse_foreign_files, result_name

    if folder.exists() and not folder.is_dir():
        raise AsistError(f"{folder} is a file; choose a folder to export to.")
    refuse_foreign_files(folder / result_name())
    if _is_export(folder):
        return
    corrections = journal_beside(folder / result_name()).name
    for name in (result_name(), corrections, TRACKS, OBJECTS, CARD, METHODS):
        if (folder / name).exists():
            raise AsistError(
                f"{folder} contains a {name} that is not from an export; choose "
                "another folder so that none of your files are overwritten."
            )


def _is_export(folder: Path) -> bool:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return bool(card["program"] == "napari-asist")
    except (OSError, ValueError, KeyError, TypeError):
        return False
