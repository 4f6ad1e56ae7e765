"""Files of the wrong kind, files that never end, links, and files replaced."""

import errno
import os
import struct
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_asist.ctc import read_ctc
from napari_asist.ctc.read import read_lines, read_mask
from napari_asist.errors import AsistError
from napari_asist.evaluation.errors import write_errors
from napari_asist.files import (
    ASIDE,
    aside_of,
    is_own_picture,
    refuse_other_file,
    written_aside,
)
from napari_asist.synthesis.report.crop_classifier import ClassifiedCrops
from napari_asist.synthesis.report.telltale import write_telltale
from napari_asist.training.checkpoint import load_state
from napari_asist.video import open_video
from napari_asist.workflow.recipe import (
    is_recipe,
    make_recipe,
    read_recipe,
    recipe_text,
)
from napari_asist.workflow.run_folder.claim import claimed
from napari_asist.workflow.run_folder.event_log import EventLog
from napari_asist.workflow.run_folder.lock import locked
from napari_asist.workflow.run_folder.record import write_json

READERS: dict[str, Callable[[Path], Any]] = {
    "video": open_video,
    "mask": read_mask,
    "tracks": read_lines,
    "recipe": read_recipe,
    "weights": load_state,
}


@pytest.mark.parametrize("write", [written_aside, claimed])
def test_a_full_disk_is_named(
    write: Callable[[Path], AbstractContextManager[Any]], tmp_path: Path
) -> None:
    place = tmp_path / "result"
    with pytest.raises(OSError, match="No space left") as caught, write(place):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.filename == str(place)
    assert not list(tmp_path.glob(f".*{ASIDE}"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("reader", READERS)
def test_nothing_waits_for_a_pipe(reader: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.tif"
    os.mkfifo(pipe)
    with pytest.raises(AsistError, match="is a pipe or a device, not a file"):
        READERS[reader](pipe)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices")
@pytest.mark.parametrize("reader", READERS)
def test_nothing_reads_a_device(reader: str, tmp_path: Path) -> None:
    link = tmp_path / "device.tif"
    link.symlink_to("/dev/zero")
    with pytest.raises(AsistError, match="is a pipe or a device, not a file"):
        READERS[reader](link)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_among_frames_is_named(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "t0.tif", np.zeros((8, 9), np.uint16))
    os.mkfifo(tmp_path / "t1.tif")
    with pytest.raises(AsistError, match=r"t1\.tif is a pipe"):
        open_video(tmp_path)


def pages(*following: int) -> bytes:
    """Return a TIFF file with pages of 4 × 4 px, each followed by a page, or by 0."""
    tags = (
        *((256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1)),
        *((278, 4), (279, 16)),
    )
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    size, first = 2 + len(body) + 4, 24
    offsets = [0, *(first + size * number for number in range(len(following)))]
    file = struct.pack("<2sHI", b"II", 42, first) + bytes(16)
    for page in following:
        file += struct.pack("<H", len(tags)) + body + struct.pack("<I", offsets[page])
    return file


def test_pages_may_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(pages(2, 3, 0))
    assert open_video(path).frames.shape == (3, 4, 4)


@pytest.mark.parametrize("following", [(1,), (2, 1), (2, 3, 2)])
def test_pages_in_a_circle_are_refused(
    following: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(pages(*following))
    start = time.monotonic()
    with pytest.raises(AsistError, match="pages follow each other in a circle"):
        open_video(path)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("dtype", [np.uint32, np.int32])
def test_huge_labels_are_refused(dtype: type, tmp_path: Path) -> None:
    mask = np.zeros((8, 9), np.int64)
    mask[2, 2] = 2_000_000_000
    path = tmp_path / "mask000.tif"
    tifffile.imwrite(path, mask.astype(dtype))
    with pytest.raises(AsistError, match="has the label 2,000,000,000; renumber"):
        read_mask(path)


def test_huge_numbers_of_tracks_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "mask000.tif", np.ones((8, 9), np.uint16))
    for line, said in (
        ("2000000000 0 0 0", "renumber labels and frames"),
        ("1 0 2000000000 0", "renumber labels and frames"),
        ("1 0 99999999999999999999999 0", "is not a track"),
    ):
        (tmp_path / "res_track.txt").write_text(line)
        with pytest.raises(AsistError, match=said):
            read_ctc(tmp_path)


def test_a_file_is_replaced_at_once_or_not_at_all(tmp_path: Path) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "other.txt"
    path.write_text("before")
    other.write_text("kept")
    aside_of(path).symlink_to(other)  # planted
    with pytest.raises(FileNotFoundError), written_aside(path):
        pass  # nothing was written
    with pytest.raises(TypeError), written_aside(path) as aside:
        aside.write_text(3)  # type: ignore[arg-type]
    assert path.read_text() == "before"
    with written_aside(path) as aside:
        aside.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert other.read_text() == "kept"
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_errors_name_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "a.txt"
    with (
        pytest.raises(OSError, match="No such file") as caught,
        written_aside(path) as aside,
    ):
        aside.write_text("new")
    assert caught.value.filename == str(path)


def test_files_with_similar_names_are_kept(tmp_path: Path) -> None:
    mine = tmp_path / "notes.yaml.aside"
    mine.write_text("mine")
    with written_aside(tmp_path / "notes.yaml") as aside:
        aside.write_text("new")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", ["lock", "events.jsonl"])
def test_links_in_a_run_folder_are_not_followed(name: str, tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other.txt"
    run.mkdir()
    other.write_text("kept")
    (run / name).symlink_to(other)
    with pytest.raises(AsistError, match=f"{name} is a link"), locked(run):
        EventLog(run)
    assert other.read_text() == "kept"


def test_a_record_replaces_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("kept")
    record = tmp_path / "record.json"
    for path in (record, aside_of(record)):
        path.symlink_to(other)
    write_json(tmp_path / "record.json", 3)
    assert other.read_text() == "kept"
    assert (tmp_path / "record.json").read_text() == "3\n"


def test_a_table_of_errors_replaces_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "res_track.txt"
    path.write_text("1 0 3 0\n")
    with pytest.raises(AsistError, match="is not a table of errors that napari"):
        write_errors([], path)
    assert path.read_text() == "1 0 3 0\n"
    table = tmp_path / "errors.csv"
    for _ in range(2):
        write_errors([], table)
    assert table.read_text() == "frame,kind,labels,truth,y,x\n"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("seed: 3\n", True),
        ("depth:\n  steps: 3\nsimulation: null\n", True),
        ("# a note\n", False),
        ("name: me\nseed: 3\n", False),
        ("1 0 3 0\n", False),
        ("\x89PNG\r\n", False),
    ],
)
def test_recipes_are_recognized(text: str, is_one: bool) -> None:
    assert is_recipe(text.encode("latin-1")) == is_one
    assert is_recipe(recipe_text(make_recipe("laptop")).encode())


def test_pictures_of_others_are_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    refuse_other_file(path, is_own_picture, "a picture")
    path.touch()
    refuse_other_file(path, is_own_picture, "a picture")
    path.write_bytes(b"\x89PNG\r\n\x1a\n and a picture of a cat")
    with pytest.raises(AsistError, match="is not a picture that napari-asist wrote"):
        refuse_other_file(path, is_own_picture, "a picture")
    own = tmp_path / "telltale.png"
    crops, sure = np.zeros((1, 8, 8), np.float32), np.ones(1)
    write_telltale(own, ClassifiedCrops(0.5, "", crops, crops, sure, sure))
    refuse_other_file(own, is_own_picture, "a picture")
