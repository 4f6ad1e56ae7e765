"""Tracks and their objects as spreadsheet tables."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_asist.files import written_aside
from napari_asist.labels import (
    CONFIDENCE_DTYPE,
    ConfidenceTable,
    LabelVideo,
    confidence_of_objects,
)
from napari_asist.mapped import each_frame
from napari_asist.measurement.objects import ObjectTable, measured_frames
from napari_asist.measurement.scale import Scale
from napari_asist.measurement.tracks import TrackStatistics

COLUMNS = ("track", "parent", "frame", "y", "x", "area")
CONFIDENCE_COLUMNS = ("confidence", "link_confidence")
MICROMETER_COLUMNS = ("y_um", "x_um", "area_um2")
STATISTICS_COLUMNS = (
    "track",
    "parent",
    "begin",
    "end",
    "frames",
    "children",
    "mean_area_px",
    "mean_speed_px_per_frame",
)


def write_tracks_table(
    video: LabelVideo,
    path: Path,
    pixel_size: float | None = None,
    frames: Iterable[ObjectTable] | None = None,
) -> None:
    """Write the centers of all objects as CSV, one row per object and frame.

    Columns are the track's label, its parent's label (0 for none), the frame number on
    disk, the center of mass in pixels and the area in pixels; with a pixel size, center
    and area in micrometers follow. If the video has them, the last columns are the
    confidence of the object and of its link to the previous frame, see
    `napari_asist.labels.CONFIDENCE_DTYPE`.

    Parameters
    ----------
    video : LabelVideo
    path : Path
    pixel_size : float, optional
        Micrometers.
    frames : iterable of ObjectTable, optional
        The objects of each frame, if already measured.
    """
    parents = dict(video.tracks[["label", "parent"]].tolist())
    header: tuple[str, ...] = COLUMNS
    if pixel_size is not None:
        header += MICROMETER_COLUMNS
    size = pixel_size or 1.0
    known = confidence_of_objects(video)
    if video.confidence is not None:
        header += CONFIDENCE_COLUMNS

    def rows() -> Iterable[list[Any]]:
        for objects in measured_frames(video.labels) if frames is None else frames:
            for label, time, y, x, area in objects.tolist():
                number = time + video.first_frame
                row = [label, parents[label], number, f"{y:.2f}", f"{x:.2f}", area]
                if pixel_size is not None:
                    row += [f"{y * size:.4f}", f"{x * size:.4f}"]
                    row += [f"{area * size**2:.4f}"]
                if video.confidence is not None:
                    row += map(_text, known.get((time, label), (math.nan, math.nan)))
                yield row

    _write(path, header, rows())


def read_confidence(video: LabelVideo, path: Path) -> ConfidenceTable | None:
    """Read how sure the network is of a video's objects from a table of its tracks.

    Parameters
    ----------
    video : LabelVideo
        The labels that the table describes.
    path : Path
        As `write_tracks_table` writes it.

    Returns
    -------
    structured ndarray of `CONFIDENCE_DTYPE` or None
        None if the file is missing, or does not say.
    """
    names = ("frame", "track", *CONFIDENCE_COLUMNS)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [tuple(row[name] for name in names) for row in csv.DictReader(file)]
            known = {
                (int(frame) - video.first_frame, int(track)): (
                    float(clear),
                    float(link or "nan"),
                )
                for frame, track, clear, link in rows
                if clear
            }
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return None
    found = []
    for time, frame in enumerate(each_frame(video.labels)):
        labels, places = np.unique(frame, return_index=True)
        for label, place in zip(labels.tolist(), places.tolist(), strict=True):
            if (time, label) in known:
                y, x = divmod(place, frame.shape[1])
                found.append((time, y, x, *known[time, label]))
    return np.array(found, CONFIDENCE_DTYPE)


def write_statistics_table(
    statistics: TrackStatistics, path: Path, scale: Scale, first_frame: int = 0
) -> None:
    """Write tracks as CSV, one row per track.

    Parameters
    ----------
    statistics : structured ndarray of `TRACK_STATISTICS_DTYPE`
    path : Path
    scale : Scale
        If known, adds mean area and speed in micrometers and minutes. The last column
        is the mean confidence, if it is known.
    first_frame : int
        Number of the first frame on disk.
    """
    header = list(STATISTICS_COLUMNS)
    if scale.pixel_size is not None:
        header.append("mean_area_um2")
    if scale != Scale():
        unit = scale.speed_unit.replace("µ", "u").replace("/", "_per_")
        header.append(f"mean_speed_{unit}")
    is_known = not np.isnan(statistics["confidence"]).all()
    if is_known:
        header.append("mean_confidence")

    def rows() -> Iterable[list[Any]]:
        for row in statistics.tolist():
            label, begin, end, parent, children, length, area, speed, sure = row
            span = [begin + first_frame, end + first_frame]
            cells = [label, parent, *span, length, children, _text(area), _text(speed)]
            if scale.pixel_size is not None:
                cells.append(_text(area * scale.area_factor))
            if scale != Scale():
                cells.append(_text(speed * scale.speed_factor))
            if is_known:
                cells.append(_text(sure))
            yield cells

    _write(path, header, rows())


def _text(value: float) -> str:
    """Return a number for a table, or an empty cell if there is none."""
    return "" if math.isnan(value) else f"{value:.4f}"


def _write(path: Path, header: Sequence[str], rows: Iterable[list[Any]]) -> None:
    with (
        written_aside(path) as aside,
        aside.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
