"""Tracks as a table, one row for each object in each frame."""

import csv
from pathlib import Path

import numpy as np
from scipy.ndimage import center_of_mass

from napari_asist.labels import LabelVideo
from napari_asist.mapped import each_frame

COLUMNS = ("track", "parent", "frame", "y", "x", "area")


def write_tracks_table(video: LabelVideo, path: Path) -> None:
    """Write the centres of all objects as CSV.

    Columns are the track's label, its parent's (0 for none), the frame's number on
    disk, the centre of mass in pixels and the area in pixels.

    Parameters
    ----------
    video : LabelVideo
    path : Path
    """
    parents = dict(video.tracks[["label", "parent"]].tolist())
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for time, frame in enumerate(each_frame(video.labels)):
            labels, areas = np.unique(frame[frame > 0], return_counts=True)
            centres = center_of_mass(frame > 0, frame, labels)
            for label, area, (y, x) in zip(
                labels.tolist(), areas.tolist(), centres, strict=True
            ):
                number = time + video.first_frame
                table.writerow(
                    [label, parents[label], number, f"{y:.2f}", f"{x:.2f}", area]
                )
