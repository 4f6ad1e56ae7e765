import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from cases import late_start

from napari_asist.ctc import read_mask, validate_ctc, write_ctc
from napari_asist.errors import AsistError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_ctc(late_start(), tmp_path / "01_RES")
    return tmp_path / "01_RES"


def faults(folder: Path) -> list[str]:
    return [str(fault) for fault in validate_ctc(folder)]


def add_line(folder: Path, line: str) -> None:
    with (folder / "res_track.txt").open("a") as table:
        table.write(f"{line}\n")


def change(folder: Path, number: int, old: int, new: int) -> None:
    path = folder / f"mask{number}.tif"
    mask = read_mask(path)
    mask[mask == old] = new
    tifffile.imwrite(path, mask)


def test_a_valid_folder_has_no_fault(folder: Path) -> None:
    assert faults(folder) == []


def test_faults_count_frames_as_the_files_do(folder: Path) -> None:
    change(folder, 153, 2, 0)
    assert faults(folder) == [
        "frame 153, label 2: is missing although its track covers the frame"
    ]


def test_every_fault_is_reported(folder: Path) -> None:
    change(folder, 151, 1, 9)
    change(folder, 154, 3, 4)
    (folder / "mask152.tif").unlink()
    add_line(folder, "nonsense")
    add_line(folder, "2 152 154 7")
    assert faults(folder) == [
        "frame 152: its image file is missing",
        "res_track.txt, line 5: 'nonsense' is not a track; a track has four "
        "integers: label, first frame, last frame, parent",
        "label 2: has more than one row in the track table",
        "label 2: has parent 7, which has no row",
        "frame 151, label 9: has no row in the track table",
        "frame 151, label 1: is missing although its track covers the frame",
        "frame 154, label 3: is missing although its track covers the frame",
    ]


def test_the_last_frame_is_checked_too(folder: Path) -> None:
    change(folder, 154, 4, 0)
    assert faults(folder)[0].startswith("frame 154, label 4")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "5 150 160 0",
            "label 5: spans frames 150 to 160, but the video has frames 150",
        ),
        ("5 3 4 0", "label 5: spans frames 3 to 4"),
        ("5 152 154 2", "label 5: begins at 152, before its parent 2 ends"),
        ("70000 150 150 0", "label 70000: is above 65535"),
        ("5 154 153 0", "label 5: begins at 154, after its end 153"),
        ("-5 150 151 0", "label -5: is not a valid track label; labels start at 1"),
    ],
)
def test_faults_of_the_table(folder: Path, line: str, message: str) -> None:
    add_line(folder, line)
    assert any(fault.startswith(message) for fault in faults(folder))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((40, 48), np.uint8), "frame 153: has uint8 values, not uint16"),
        (np.zeros((40, 48), np.float32), "frame 153: has float32 values"),
        (np.zeros((41, 48), np.uint16), "frame 153: has the shape (41, 48), not (40"),
        (np.zeros((2, 40, 48), np.uint16), "frame 153: has the shape (2, 40, 48); a"),
    ],
)
def test_faults_of_an_image(folder: Path, image: np.ndarray, message: str) -> None:
    tifffile.imwrite(folder / "mask153.tif", image)
    assert any(fault.startswith(message) for fault in faults(folder))


def test_a_damaged_image_does_not_stop_the_check(folder: Path) -> None:
    (folder / "mask151.tif").write_bytes(b"II*")
    change(folder, 154, 3, 0)
    reported = faults(folder)
    assert "mask151.tif" in reported[0]
    assert reported[1].startswith("frame 154, label 3")
    assert len(reported) == 2


def test_extra_images_and_odd_numbers_are_reported(folder: Path) -> None:
    tifffile.imwrite(folder / "overview.tif", np.zeros((4, 4), np.uint8))
    shutil.copy(folder / "mask150.tif", folder / "mask0150.tif")
    (folder / "README.md").write_text("allowed")
    reported = faults(folder)
    assert "overview.tif does not belong to the folder" in reported
    assert any("frame 150: has two files" in fault for fault in reported)
    assert any("differ in their number of digits" in fault for fault in reported)


def test_too_few_digits_are_reported(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "mask0.tif", np.ones((4, 4), np.uint16))
    (tmp_path / "res_track.txt").write_text("1 0 0 0\n")
    assert faults(tmp_path) == [
        "frame numbers in file names need at least 3 digits",
    ]


def test_a_missing_table_is_a_fault(folder: Path) -> None:
    (folder / "res_track.txt").unlink()
    reported = faults(folder)
    assert "res_track.txt is missing" in reported[0]
    assert "frame 150, label 1: has no row in the track table" in reported


def test_a_folder_of_another_kind_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="has no tracked labels"):
        validate_ctc(tmp_path)


def test_real_folders_are_valid(data: Path) -> None:
    assert faults(data / "known_answer" / "Fluo-N2DL-HeLa_01_RES") == []
    assert faults(data / "PhC-C2DL-PSC" / "01_GT") == []
