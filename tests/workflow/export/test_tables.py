from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest
from cases import CASES, empty

from napari_asist.labels import CONFIDENCE_DTYPE, confidence_of_objects
from napari_asist.measurement.objects import measure_objects
from napari_asist.measurement.scale import Scale
from napari_asist.measurement.tracks import track_statistics
from napari_asist.workflow.export.tables import (
    COLUMNS,
    read_confidence,
    write_statistics_table,
    write_tracks_table,
)


def test_one_row_per_object_and_frame(tmp_path: Path) -> None:
    write_tracks_table(CASES["late_start"](), tmp_path / "tracks.csv")
    table = pandas.read_csv(tmp_path / "tracks.csv")
    assert tuple(table.columns) == COLUMNS
    first = table[table["frame"] == 150]
    # Cell 1 is a square of 10 px at row 14, column 16.
    assert first.values.tolist() == [
        [1, 0, 150, 18.5, 20.5, 100],
        [4, 0, 150, 31.5, 37.5, 64],
    ]
    assert table.groupby("track")["parent"].first().to_dict() == {
        1: 0,
        2: 1,
        3: 1,
        4: 0,
    }
    assert table.groupby("track").size().to_dict() == {1: 2, 2: 3, 3: 3, 4: 5}


def test_an_empty_video_has_only_the_header(tmp_path: Path) -> None:
    write_tracks_table(empty(), tmp_path / "tracks.csv")
    assert (tmp_path / "tracks.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_the_confidence_is_written_and_read(tmp_path: Path) -> None:
    video = CASES["late_start"]()
    sure = [(0, 18, 20, 0.5, np.nan), (1, 18, 20, 0.75, 0.25)]
    video = replace(video, confidence=np.array(sure, CONFIDENCE_DTYPE))
    path = tmp_path / "tracks.csv"
    write_tracks_table(video, path)
    bare = replace(video, confidence=None)
    again = replace(bare, confidence=read_confidence(bare, path))
    known = confidence_of_objects(again)
    assert known.keys() == {(0, 1), (1, 1)} == confidence_of_objects(video).keys()
    assert known[0, 1] == pytest.approx((0.5, np.nan), nan_ok=True)
    assert known[1, 1] == (0.75, 0.25)
    statistics = track_statistics(again, measure_objects(again.labels))
    assert statistics["confidence"].tolist() == pytest.approx(
        [0.625, np.nan, np.nan, np.nan], nan_ok=True
    )
    write_statistics_table(statistics, path, Scale())
    assert pandas.read_csv(path)["mean_confidence"][0] == 0.625


def test_tables_that_do_not_say_how_sure_the_network_is(tmp_path: Path) -> None:
    video, path = CASES["late_start"](), tmp_path / "tracks.csv"
    assert read_confidence(video, path) is None
    write_tracks_table(video, path)
    assert read_confidence(video, path) is None
    path.write_text("frame,track,confidence,link_confidence\n150,one,0.5,\n")
    assert read_confidence(video, path) is None
