from pathlib import Path

import pandas
from cases import CASES, empty

from napari_asist.workflow.export.tables import COLUMNS, write_tracks_table


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
