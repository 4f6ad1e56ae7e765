import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from cases import (
    CASES,
    FAULTY,
    blank,
    division,
    empty,
    gap,
    good,
    high_labels,
    late_start,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from napari_asist.ctc import read_ctc, validate_ctc, write_ctc
from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo, LabelVideoError, relabel, split_gaps


def same(one: LabelVideo, other: LabelVideo) -> bool:
    return (
        np.array_equal(one.labels, other.labels)
        and one.tracks.tolist() == other.tracks.tolist()
        and one.first_frame == other.first_frame
    )


@pytest.mark.parametrize("kind", ["result", "truth"])
@pytest.mark.parametrize("name", sorted(set(CASES) - {"high_labels"}))
def test_what_is_written_is_read_back(name: str, kind: str, tmp_path: Path) -> None:
    video = CASES[name]()
    written = write_ctc(video, tmp_path / "01", kind)  # type: ignore[arg-type]
    assert same(read_ctc(tmp_path / "01"), video)
    assert validate_ctc(tmp_path / "01") == []
    assert all(path.is_file() for path in written)


def test_result_files(tmp_path: Path) -> None:
    written = write_ctc(late_start(), tmp_path / "deep" / "01_RES")
    names = [f"mask{number}.tif" for number in range(150, 155)]
    assert [path.name for path in written] == [*names, "res_track.txt"]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "deep"]
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "01_RES"]
    assert written[-1].read_bytes() == (
        b"1 150 151 0\n2 152 154 1\n3 152 154 1\n4 150 154 0\n"
    )
    with tifffile.TiffFile(written[0]) as tiff:
        page = tiff.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        assert page.dtype == np.uint16
        assert page.compression == tifffile.COMPRESSION.ADOBE_DEFLATE


def test_truth_files(tmp_path: Path) -> None:
    folder = tmp_path / "01_GT"
    written = write_ctc(division(), folder, "truth")
    names = [path.relative_to(folder).as_posix() for path in written]
    assert names == [
        *(f"TRA/man_track{number:03d}.tif" for number in range(5)),
        "TRA/man_track.txt",
        *(f"SEG/man_seg{number:03d}.tif" for number in range(5)),
    ]
    assert same(read_ctc(folder / "TRA"), division())


def test_numbers_have_as_many_digits_as_the_last_needs(tmp_path: Path) -> None:
    video = LabelVideo(good().labels, first_frame=998)
    names = [path.name for path in write_ctc(video, tmp_path / "01_RES")]
    assert names[:4] == [f"mask{n}.tif" for n in ("0998", "0999", "1000", "1001")]
    assert validate_ctc(tmp_path / "01_RES") == []


def test_gaps_are_split_and_linked(tmp_path: Path) -> None:
    write_ctc(gap(), tmp_path / "01_RES")
    assert same(read_ctc(tmp_path / "01_RES"), split_gaps(gap()))


def test_high_labels_are_renumbered(tmp_path: Path) -> None:
    write_ctc(high_labels(), tmp_path / "01_RES")
    assert same(read_ctc(tmp_path / "01_RES"), relabel(high_labels()))


def test_highest_label_of_16_bits_is_kept(tmp_path: Path) -> None:
    labels = np.full((2, 4, 4), 65_535, np.uint32)
    write_ctc(LabelVideo(labels), tmp_path / "01_RES")
    assert read_ctc(tmp_path / "01_RES").tracks["label"].tolist() == [65_535]


def test_more_tracks_than_16_bits_hold_are_rejected(tmp_path: Path) -> None:
    labels = np.arange(1, 65_537, dtype=np.uint32).reshape(1, 256, 256)
    with pytest.raises(AsistError, match="65536 tracks"):
        write_ctc(LabelVideo(labels), tmp_path / "01_RES")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(set(FAULTY) - {"gap"}))
def test_faults_that_cutting_cannot_fix_are_rejected(name: str, tmp_path: Path) -> None:
    with pytest.raises(LabelVideoError):
        write_ctc(FAULTY[name](), tmp_path / "01_RES")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_video_is_written_and_the_validator_says_so(tmp_path: Path) -> None:
    write_ctc(empty(), tmp_path / "01_RES")
    assert same(read_ctc(tmp_path / "01_RES"), empty())
    assert "no track" in str(validate_ctc(tmp_path / "01_RES")[0])


def test_a_video_without_frames_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="no frame"):
        write_ctc(LabelVideo(blank(0)), tmp_path / "01_RES")


def test_an_earlier_result_is_replaced_completely(tmp_path: Path) -> None:
    folder = tmp_path / "01_RES"
    write_ctc(division(), folder)
    write_ctc(good(), folder)
    assert same(read_ctc(folder), good())
    assert len(list(folder.iterdir())) == 5
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path)
    assert same(read_ctc(tmp_path), good())


@pytest.mark.parametrize("name", ["notes.txt", "mask_old.tif", "TRA/man_track000.tif"])
def test_foreign_files_are_never_overwritten(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "01_RES"
    write_ctc(good(), folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("mine")
    with pytest.raises(AsistError, match=f"contains {name}"):
        write_ctc(division(), folder)
    assert (folder / name).read_text() == "mine"
    assert same(read_ctc(folder), good())


def test_a_result_does_not_replace_ground_truth(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path / "01_GT", "truth")
    with pytest.raises(AsistError, match="not part of a CTC result"):
        write_ctc(division(), tmp_path / "01_GT")


def test_a_file_in_place_of_the_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "01_RES").write_text("mine")
    with pytest.raises(AsistError, match="is a file"):
        write_ctc(good(), tmp_path / "01_RES")


def test_a_failed_write_leaves_the_old_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "01_RES"
    write_ctc(good(), folder)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tifffile, "imwrite", full)
    with pytest.raises(AsistError, match="No space left on device"):
        write_ctc(division(), folder)
    assert same(read_ctc(folder), good())
    assert list(tmp_path.iterdir()) == [folder]


KILLED = """
import os, sys
from pathlib import Path
from cases import division
from napari_asist.ctc import write_ctc
rename, left = Path.rename, int(sys.argv[2])
def killed(self, target):
    global left
    if not left:
        os._exit(9)
    left -= 1
    return rename(self, target)
Path.rename = killed
write_ctc(division(), Path(sys.argv[1]))
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_nothing_is_lost_or_left_after_a_kill(renames: int, tmp_path: Path) -> None:
    folder, other = tmp_path / "01_RES", tmp_path / ".01_RES.mine"
    write_ctc(good(), folder)
    other.mkdir()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, folder, str(renames)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert killed.returncode == 9
    assert folder.exists() == (renames == 0)
    # Besides the two, the draft, its lock, and after one rename the earlier result.
    assert len(list(tmp_path.iterdir())) == 4
    # The earlier result is restored even if the next video cannot be written.
    with pytest.raises(LabelVideoError):
        write_ctc(FAULTY["missing_row"](), folder)
    assert same(read_ctc(folder), good())
    write_ctc(division(), folder)
    assert same(read_ctc(folder), division())
    assert sorted(tmp_path.iterdir()) == [other, folder]


def test_a_disk_that_changes_the_data_is_detected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = tifffile.imwrite

    def spoil(path: Path, frame: np.ndarray, **options: object) -> None:
        write(path, np.minimum(frame, 2), **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tifffile, "imwrite", spoil)
    with pytest.raises(AsistError, match="differ from what was written"):
        write_ctc(good(), tmp_path / "01_RES")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=25, deadline=None)
@given(labels=st_numpy.arrays(np.uint8, (4, 3, 4), elements=st.integers(0, 4)))
def test_any_labels_become_a_valid_folder(
    labels: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any") / "01_RES"
    write_ctc(LabelVideo(labels), folder)
    assert np.array_equal(read_ctc(folder).labels > 0, labels > 0)
    faults = [str(fault) for fault in validate_ctc(folder)]
    assert faults == [] or not labels.any()


WAITING = """
import sys, time
from pathlib import Path
from cases import division
import napari_asist.ctc.write as write
verify = write._verify
def slow(*arguments):
    print("written", flush=True)
    time.sleep(60)
write._verify = slow
write.write_ctc(division(), Path(sys.argv[1]))
"""


def test_the_draft_of_a_living_process_stays(tmp_path: Path) -> None:
    folder = tmp_path / "01_RES"
    other = subprocess.Popen(
        [sys.executable, "-c", WAITING, folder],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "written\n"
        (draft,) = [path for path in tmp_path.iterdir() if path.is_dir()]
        written = sorted(draft.rglob("*"))
        write_ctc(good(), folder)
        assert same(read_ctc(folder), good())
        assert sorted(draft.rglob("*")) == written
    finally:
        other.kill()
        other.communicate()
    write_ctc(good(), folder)
    assert list(tmp_path.iterdir()) == [folder]
