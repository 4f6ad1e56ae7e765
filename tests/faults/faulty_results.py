"""Label folders of the Cell Tracking Challenge with faults."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from cases import division
from fault import Fault, Make
from numpy.typing import NDArray

from napari_asist.ctc import write_ctc

TRUTH, RESULT, TABLE = "01_GT", "01_RES", "res_track.txt"

Change = Callable[[Path], None]
"""Spoils the folder of a result."""


def unchanged(folder: Path) -> None:
    """Leave a folder as it is."""


def table(text: str | bytes) -> Change:
    """Return a change that replaces the table of the tracks."""
    content = text if isinstance(text, bytes) else text.encode()

    def change(folder: Path) -> None:
        (folder / TABLE).write_bytes(content)

    return change


def rows(**changed: str) -> Change:
    """Return a change of rows of the table, named by their track (t1 to t4)."""
    usual = {"t1": "1 0 1 0", "t2": "2 2 4 1", "t3": "3 2 4 1", "t4": "4 0 4 0"}
    return table("".join(f"{row}\n" for row in (usual | changed).values() if row))


def mask(number: int, image: NDArray[Any], **how: Any) -> Change:
    """Return a change that replaces the image of a frame."""

    def change(folder: Path) -> None:
        tifffile.imwrite(folder / f"mask{number:03}.tif", image, **how)

    return change


def file(name: str, content: bytes | None) -> Change:
    """Return a change that writes a file, or deletes it."""

    def change(folder: Path) -> None:
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)

    return change


def cut_mask(folder: Path) -> None:
    path = folder / "mask002.tif"
    path.write_bytes(path.read_bytes()[:-20])


def pipe_for(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return change


def folder_for(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def lost_link(folder: Path) -> None:
    (folder / "mask002.tif").unlink()
    (folder / "mask002.tif").symlink_to("gone.tif")


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def without_masks(folder: Path) -> None:
    for path in folder.glob("*.tif"):
        path.unlink()


def renumbered(folder: Path) -> None:
    for number in reversed(range(5)):
        (folder / f"mask{number:03}.tif").rename(folder / f"mask{number + 3:03}.tif")


def with_label(label: int, dtype: type) -> NDArray[Any]:
    image = division().labels[2].astype(np.int64)
    image[0, :5] = label
    result: NDArray[Any] = image.astype(dtype)
    return result


FRAME = division().labels[2]

RESULTS: list[tuple[str, Change, str, str]] = [
    # The table
    (
        "no table",
        file(TABLE, None),
        r"track\.txt is missing; it should list",
        r"track\.txt is mis",
    ),
    (
        "empty table",
        table(""),
        r"",
        r"res_track\.txt lists no tracks: the result is emp",
    ),
    ("blank table", table("\n \n\n"), r"", r"res_track\.txt lists no tracks"),
    ("torn line", rows(t4="4 0"), r"res_track\.txt, line 4: '4 0' is not a track", ""),
    ("five numbers", rows(t1="1 0 1 0 7"), r"line 1: '1 0 1 0 7' is not a track", ""),
    ("letters", rows(t2="2 two 4 1"), r"line 2: '2 two 4 1' is not a track; a tra", ""),
    ("header", rows(t1="label begin end parent"), r"line 1: 'label begin end par", ""),
    ("commas", rows(t3="3,2,4,1"), r"line 3: '3,2,4,1' is not a track; a track", ""),
    (
        "fractions",
        rows(t3="3.0 2.0 4.0 1.0"),
        r"line 3: '3\.0 2\.0 4\.0 1\.0' is no",
        "",
    ),
    ("hexadecimal", rows(t3="0x3 2 4 1"), r"line 3: '0x3 2 4 1' is not a track", ""),
    ("not a number", rows(t3="3 2 nan 1"), r"line 3: '3 2 nan 1' is not a track", ""),
    (
        "dots",
        rows(t4="4 0 … 0"),
        r"line 4: '4 0 … 0' is not a track; a track has f",
        "",
    ),
    (
        "latin-1",
        table(b"1 0 1 0\n2 \xe9 4 1\n"),
        r"line 2: '2 � 4 1' is not a track",
        "",
    ),
    ("utf-16", table("1 0 1 0\n".encode("utf-16")), r"line 1: .* is not a track", ""),
    ("binary", table(bytes(range(256))), r"res_track\.txt, line 1: .* is not a tr", ""),
    ("a huge label", rows(t4=f"{2 * 10**9} 0 4 0"), r"", r"label 2000000000: is above"),
    (
        "a huge end",
        rows(t4=f"4 0 {2 * 10**9} 0"),
        r"number 2,000,000,000; renu",
        r"spans frames 0 to 2",
    ),
    ("digits", rows(t4=f"4 0 {'9' * 40} 0"), r"line 4: '4 0 999.* is not a track", ""),
    ("a negative label", rows(t4="-4 0 4 0"), r"", r"label -4: is not a valid tr"),
    ("label 0", rows(t4="0 0 4 0"), r"", r"label 0: is not a valid track label"),
    (
        "a negative begin",
        rows(t4="4 -1 4 0"),
        r"",
        r"label 4: spans frames -1 to 4, but",
    ),
    ("a negative parent", rows(t4="4 0 4 -1"), r"", r"label 4: has parent -1"),
    ("the end first", rows(t2="2 4 2 1"), r"", r"label 2: begins at 4, after its end"),
    ("a row twice", rows(t5="4 0 4 0"), r"", r"label 4: has more than one row"),
    ("another row", rows(t5="4 0 2 0"), r"", r"label 4: has more than one row"),
    ("no such parent", rows(t2="2 2 4 9"), r"", r"label 2: has parent 9, which has n"),
    (
        "its own parent",
        rows(t4="4 0 4 4"),
        r"",
        r"begins at 0, before its parent 4 ends",
    ),
    (
        "parents in a circle",
        rows(t1="1 0 1 2"),
        r"",
        r"label 1: begins at 0, before its pa",
    ),
    (
        "a living parent",
        rows(t2="2 2 4 4"),
        r"",
        r"label 2: begins at 2, before its paren",
    ),
    ("no such track", rows(t4=""), r"", r"frame 0, label 4: has no row in the track t"),
    (
        "no such object",
        rows(t5="5 1 2 0"),
        r"",
        r"frame 1, label 5: is missing although its",
    ),
    ("too short", rows(t4="4 0 2 0"), r"", r"frame 3, label 4: is outside its track's"),
    (
        "too long",
        rows(t1="1 0 2 0"),
        r"",
        r"frame 2, label 1: is missing although its tra",
    ),
    (
        "beyond the video",
        rows(t4="4 0 9 0"),
        r"track 4 spans frames 0 to 9, but the video has frames 0 to 4",
        r"label 4: spans frames 0 to 9, but the",
    ),
    # The images
    ("no image", file("mask002.tif", None), r"", r"frame 2: its image file is missing"),
    ("no images", without_masks, r"01_RES has no tracked labels", ""),
    ("nothing", emptied, r"01_RES has no tracked labels: neither mask000\.tif", ""),
    (
        "empty image",
        file("mask002.tif", b""),
        r"mask002\.tif is empty; copy or exp",
        "",
    ),
    ("text", file("mask002.tif", b"1 2"), r"mask002\.tif is not a readable TIFF", ""),
    ("cut", cut_mask, r"mask002\.tif cannot be read and may be damaged", ""),
    ("lost link", lost_link, r"mask002\.tif does not exist; check its name", ""),
    ("pipe", pipe_for("mask002.tif"), r"mask002\.tif is a pipe or a device, not a", ""),
    (
        "table as pipe",
        pipe_for(TABLE),
        r"track\.txt is a pipe or a device, not a fi",
        "",
    ),
    ("table as folder", folder_for(TABLE), r"track\.txt is a folder, not a file", ""),
    (
        "size",
        mask(2, FRAME[:, :9]),
        r"mask002\.tif has the shape \(40, 9\), .*same shape",
        r"frame 2: has the shape \(40, 9\), not \(40",
    ),
    ("transposed", mask(2, FRAME.T), r"", r"frame 2: has the shape \(48, 40\), not"),
    ("stack", mask(2, division().labels), r"", r"frame 2: has the shape \(5, 40, 48\)"),
    (
        "floats",
        mask(2, FRAME.astype(np.float32)),
        r"float32 values; labels must be unsi",
        r"frame 2: has float32 values",
    ),
    ("complex", mask(2, FRAME + 0j), r"", r"frame 2: has complex128 values, not uint"),
    ("negative", mask(2, with_label(-3, np.int16)), r"", r"frame 2: has int16 values"),
    (
        "huge",
        mask(2, with_label(2 * 10**9, np.uint32)),
        r"label 2,000,000,000; renumber",
        r"uint32 va",
    ),
    ("stray", mask(2, with_label(9, np.uint16)), r"", r"frame 2, label 9: has no row"),
    (
        "empty frame",
        mask(2, np.zeros_like(FRAME)),
        r"breaks the challenge's rules",
        r"frame 2, label 2: is mis",
    ),
    (
        "no label",
        mask(1, FRAME),
        r"",
        r"frame 1, label 1: is missing although its track covers",
    ),
    (
        "later",
        renumbered,
        r"01_RES has frames 3 to 7, but the ground truth has frames 0 to 4; provide",
        r"label 1: spans frames 0 to 1, but the video has frames 3",
    ),
]
"""Name, change, and what ``evaluate`` and ``validate`` say; one of both may suffice."""


def result_with(change: Change, command: str, *options: str) -> Make:
    """Return a maker of a truth, of a faulty result, and of a command that reads it."""

    def make(folder: Path) -> list[str]:
        write_ctc(division(), folder / RESULT)
        change(folder / RESULT)
        if command == "validate":
            return ["validate", str(folder / RESULT), "--quiet"]
        write_ctc(division(), folder / TRUTH, "truth")
        places = [str(folder / TRUTH), str(folder / RESULT)]
        return ["evaluate", *places, "--quiet", *options]

    return make


FAULTS = [
    *(
        Fault("evaluate", name, result_with(change, "evaluate"), said)
        for name, change, said, _ in RESULTS
        if said
    ),
    *(
        Fault("validate", name, result_with(change, "validate"), listed, lists=True)
        for name, change, _, listed in RESULTS
        if listed
    ),
]
