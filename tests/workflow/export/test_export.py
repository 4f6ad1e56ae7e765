import json
from pathlib import Path

import pandas
import pytest
from cases import CASES

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.measurement.scale import Scale
from napari_asist.proofreading import read_journal
from napari_asist.workflow.export.export import export_result


def export(folder: Path, scale: Scale | None = None, case: str = "late_start") -> Path:
    video = CASES[case]()
    work = export_result(video, folder, scale or Scale(), None, None, StopFlag())
    return result_of(work)


def test_folder_tables_and_card(tmp_path: Path) -> None:
    result = export(tmp_path / "new", Scale(0.5, 60))
    assert result == tmp_path / "new" / "01_RES"
    assert validate_ctc(result) == []
    assert len(read_ctc(result).tracks) == 4
    tracks = pandas.read_csv(tmp_path / "new" / "tracks.csv")
    assert tracks["begin"].tolist() == [150, 152, 152, 150]
    assert tracks["children"].tolist() == [2, 0, 0, 0]
    assert tracks["mean_area_um2"].tolist() == [25, 9, 9, 16]
    assert tracks["mean_speed_um_per_min"].tolist() == [0, 0.5, 0.5, 0]
    objects = pandas.read_csv(tmp_path / "new" / "objects.csv")
    assert objects.loc[0, ["y_um", "x_um", "area_um2"]].tolist() == [9.25, 10.25, 25]
    card = json.loads((tmp_path / "new" / "run_card.json").read_text())
    assert (card["result"]["tracks"], card["result"]["divisions"]) == (4, 1)
    assert "taken from a napari layer" in (tmp_path / "new" / "methods.md").read_text()


def test_without_a_scale_there_are_only_pixels(tmp_path: Path) -> None:
    export(tmp_path)
    assert list(pandas.read_csv(tmp_path / "tracks.csv").columns)[-2:] == [
        "mean_area_px",
        "mean_speed_px_per_frame",
    ]
    assert list(pandas.read_csv(tmp_path / "objects.csv").columns)[-1] == "area"


def test_an_export_is_replaced_by_the_next(tmp_path: Path) -> None:
    export(tmp_path)
    export(tmp_path, case="good")
    assert len(read_ctc(tmp_path / "01_RES").tracks) == 3
    assert len(pandas.read_csv(tmp_path / "tracks.csv")) == 3


def test_corrections_are_listed_as_long_as_there_are_any(tmp_path: Path) -> None:
    video, journal = CASES["good"](), ("Deleted track 9.",)
    given = (video, tmp_path, Scale(), None, None, StopFlag())
    folder = result_of(export_result(*given, journal))
    path = tmp_path / "01_corrections.json"
    assert json.loads(path.read_text())["corrections"] == ["Deleted track 9."]
    assert read_journal(read_ctc(folder), folder) == journal
    result_of(export_result(*given))
    assert not path.exists()


@pytest.mark.parametrize(
    "name", ["tracks.csv", "methods.md", "01_corrections.json", "01_RES/notes.txt"]
)
def test_foreign_files_are_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / "01_RES").mkdir()
    (tmp_path / name).write_text("mine")
    with pytest.raises(AsistError, match="another folder"):
        export(tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AsistError, match="is a file"):
        export(tmp_path / "file")
    with pytest.raises(AsistError, match="cannot be written"):
        export(tmp_path / "file" / "below")
