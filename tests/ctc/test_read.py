from pathlib import Path

import numpy as np
import pytest
import tifffile
from cases import CASES, division, good, late_start

from napari_asist.ctc import find_frames, read_ctc, read_mask, validate_ctc, write_ctc
from napari_asist.ctc.layout import frame_name
from napari_asist.errors import AsistError
from napari_asist.labels import split_gaps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_ctc(late_start(), tmp_path / "01_RES")
    return tmp_path / "01_RES"


def test_frames_count_from_the_first_file(folder: Path) -> None:
    video = read_ctc(folder)
    assert video.first_frame == 150
    assert video.tracks.tolist() == division().tracks.tolist()
    assert video.faults() == []


def test_the_text_file_can_be_given_instead_of_its_folder(folder: Path) -> None:
    assert len(read_ctc(folder / "res_track.txt")) == 5


def test_a_ground_truth_folder_is_found_by_any_of_its_parts(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path / "01_GT", "truth")
    for part in ("", "TRA", "TRA/man_track.txt"):
        assert read_ctc(tmp_path / "01_GT" / part).tracks.tolist() == (
            good().tracks.tolist()
        )


def test_tabs_blanks_and_a_byte_order_mark_are_read(folder: Path) -> None:
    lines = (folder / "res_track.txt").read_text().replace(" ", "\t")
    (folder / "res_track.txt").write_text(f"{lines}\n\n", "utf-8-sig")
    assert read_ctc(folder).tracks.tolist() == division().tracks.tolist()


def test_signed_and_big_endian_labels_become_unsigned(folder: Path) -> None:
    for path in folder.glob("*.tif"):
        tifffile.imwrite(path, tifffile.imread(path).astype(">i4"), byteorder=">")
    assert read_ctc(folder).labels.dtype == np.uint32
    assert read_ctc(folder).labels.dtype.isnative


def test_a_missing_frame_is_named(folder: Path) -> None:
    (folder / "mask152.tif").unlink()
    with pytest.raises(AsistError, match="no image of frame 152"):
        read_ctc(folder)


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "res_track.txt").unlink()
    with pytest.raises(AsistError, match=r"res_track\.txt is missing"):
        read_ctc(folder)


def test_an_empty_table_is_not_invented(folder: Path) -> None:
    (folder / "res_track.txt").write_text("")
    with pytest.raises(AsistError, match="lists no tracks, although"):
        read_ctc(folder)


@pytest.mark.parametrize("line", ["1 0 4", "1 0 4 0 0", "1 0 x 0", "1.0 0 4 0"])
def test_a_malformed_line_is_quoted(folder: Path, line: str) -> None:
    with (folder / "res_track.txt").open("a") as table:
        table.write(f"{line}\n")
    with pytest.raises(AsistError, match=f"line 5: '{line}'"):
        read_ctc(folder)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((40, 48), np.float32), "float32"),
        (np.full((40, 48), -1, np.int16), "int16"),
        (np.zeros((3, 40, 48), np.uint16), "only 2D"),
        (np.zeros((40, 40), np.uint16), "the same shape"),
    ],
)
def test_images_that_are_not_labels_are_rejected(
    folder: Path, image: np.ndarray, message: str
) -> None:
    tifffile.imwrite(folder / "mask153.tif", image)
    with pytest.raises(AsistError, match=rf"mask153\.tif.*{message}"):
        read_ctc(folder)


def test_a_damaged_image_gives_one_sentence(folder: Path) -> None:
    path = folder / "mask151.tif"
    content = path.read_bytes()
    for damaged in (b"", b"no TIFF at all", content[: len(content) * 2 // 3]):
        path.write_bytes(damaged)
        with pytest.raises(AsistError, match=r"mask151\.tif"):
            read_mask(path)
        assert len(validate_ctc(folder)) == 1


def test_other_folders_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="has no tracked labels"):
        read_ctc(tmp_path)
    with pytest.raises(AsistError, match="is not a folder"):
        read_ctc(tmp_path / "absent")


def test_frames_are_found_by_number(tmp_path: Path) -> None:
    for name in ("man_seg2.tif", "man_seg010.tif", "man_seg_000.tif", "man_seg1.png"):
        (tmp_path / name).touch()
    assert list(find_frames(tmp_path, "man_seg")) == [2, 10]
    assert find_frames(tmp_path / "absent", "man_seg") == {}


def test_frame_names() -> None:
    assert frame_name("mask", 7, last=91) == "mask007.tif"
    assert frame_name("mask", 7, last=1500) == "mask0007.tif"


def test_real_folders_are_read(data: Path) -> None:
    hela = read_ctc(data / "Fluo-N2DL-HeLa" / "01_GT")
    assert hela.labels.shape == (92, 700, 1100)
    assert hela.faults() == []
    table = data / "PhC-C2DL-PSC" / "01_GT" / "TRA" / "man_track.txt"
    assert table.read_text().splitlines()[0] == "1 150 162 0"


@pytest.mark.parametrize("name", sorted(set(CASES) - {"high_labels"}))
def test_labels_are_read_into_a_file(name: str, tmp_path: Path) -> None:
    video = split_gaps(CASES[name]())
    write_ctc(video, tmp_path / "01_GT", "truth")
    file = tmp_path / "scratch" / "labels.raw"
    read = read_ctc(tmp_path / "01_GT", file)
    assert isinstance(read.labels, np.memmap)
    assert file.stat().st_size == video.labels.nbytes
    np.testing.assert_array_equal(read.labels, video.labels)
    np.testing.assert_array_equal(read.tracks, video.tracks)
    assert read.first_frame == video.first_frame


def test_labels_too_high_for_the_challenge_are_rejected(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path / "01_RES")
    wide = np.full((40, 48), 70_000, np.uint32)
    tifffile.imwrite(tmp_path / "01_RES" / "mask001.tif", wide)
    with pytest.raises(AsistError, match="Frame 1 has the label 70000"):
        read_ctc(tmp_path / "01_RES", tmp_path / "labels.raw")
