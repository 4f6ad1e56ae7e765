"""Folders that do not contain the frames of one video."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from fault import Fault
from faulty_videos import COLORS, FRAMES, MakeVideo, run_on
from numpy.typing import NDArray

NAME = "frames"

Change = Callable[[Path], None]
"""Spoils a folder of frames t000.tif to t003.tif."""


def frames_named(*names: str, first: int = 0) -> MakeVideo:
    """Return a maker of a folder with frames of these names."""

    def make(folder: Path) -> Path:
        inner = folder / NAME
        inner.mkdir()
        for number, name in enumerate(names, first):
            tifffile.imwrite(inner / name, np.full((24, 32), number, np.uint16))
        return inner

    return make


def spoiled(change: Change) -> MakeVideo:
    """Return a maker of a folder of four frames, with a change."""

    def make(folder: Path) -> Path:
        inner = frames_named(*(f"t{number:03}.tif" for number in range(4)))(folder)
        change(inner)
        return inner

    return make


def with_file(name: str, content: bytes = b"x") -> Change:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def with_frame(name: str, frame: NDArray[Any], **how: Any) -> Change:
    def change(folder: Path) -> None:
        tifffile.imwrite(folder / name, frame, **how)

    return change


def with_link(name: str, target: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


def with_pipe(folder: Path) -> None:
    (folder / "t002.tif").unlink()
    os.mkfifo(folder / "t002.tif")


def with_a_cut_frame(folder: Path) -> None:
    path = folder / "t002.tif"
    path.write_bytes(path.read_bytes()[:-700])


def with_a_folder(folder: Path) -> None:
    (folder / "t002.tif").unlink()
    (folder / "t002.tif").mkdir()


def nothing_in_it(folder: Path) -> Path:
    (folder / NAME).mkdir()
    return folder / NAME


def only_text(folder: Path) -> Path:
    nothing_in_it(folder)
    (folder / NAME / "notes.txt").write_text("Nothing was recorded.")
    return folder / NAME


def only_hidden(folder: Path) -> Path:
    nothing_in_it(folder)
    tifffile.imwrite(folder / NAME / "._t000.tif", FRAMES[0])
    return folder / NAME


def folder_of_sequences(folder: Path) -> Path:
    for name in ("01", "02"):
        (folder / NAME / name).mkdir(parents=True)
        for time in range(2):
            tifffile.imwrite(folder / NAME / name / f"t00{time}.tif", FRAMES[time])
    return folder / NAME


def folder_for_each_frame(folder: Path) -> Path:
    for time in range(1, 4):
        inner = folder / NAME / f"TimePoint_{time}"
        inner.mkdir(parents=True)
        tifffile.imwrite(inner / "exp_A01_s1_w1.TIF", FRAMES[0])
    return folder / NAME


def grid(pattern: str, *counts: int) -> MakeVideo:
    """Return a maker of a folder with a file for each combination of numbers."""
    return frames_named(*(pattern.format(*place) for place in np.ndindex(*counts)))


def nan_in_frame_2(folder: Path) -> Path:
    inner = folder / NAME
    inner.mkdir()
    for number in range(4):
        frame = np.full((24, 32), number, np.float32)
        if number == 2:
            frame[3, 4] = np.nan
        tifffile.imwrite(inner / f"t{number:03}.tif", frame)
    return inner


BLANK = np.zeros((24, 32), np.uint16)

FOLDERS: list[tuple[str, MakeVideo, str]] = [
    # Frames that are missing or there twice
    (
        "a gap",
        frames_named("t0.tif", "t1.tif", "t3.tif"),
        r"no frame 2 \(after t1\.tif",
    ),
    (
        "a huge gap",
        frames_named("t0.tif", "t1.tif", "t9000000.tif"),
        r"has no frames 2, 3, 4 and 8999995 more",
    ),
    (
        "a gap of long numbers",
        frames_named(f"t{2**53}.tif", f"t{2**53 + 1}.tif", f"t{2**53 + 3}.tif"),
        r"has no frame 9007199254740994 \(after",
    ),
    (
        "decimals or channels",
        frames_named(*(f"c_{n / 4:.2f}.tif" for n in range(16))),
        r"c_0\.00\.tif, which may contain a decimal number, or a channel and a frame",
    ),
    *(
        (
            name,
            frames_named(*names),
            r"in the number .+, which is not a time; keep only",
        )
        for name, names in (
            ("planes of a plate", [f"r02c03f01p{n:02}-ch1.tiff" for n in range(5)]),
            ("fields of a plate", [f"A01_T0001F{n:03}Z01C01.tif" for n in range(5)]),
            ("sites of a well", [f"exp_B02_s{n}.tif" for n in range(1, 5)]),
            ("images of a well", [f"V_A1_{n}_00d00h00m.tif" for n in range(1, 5)]),
            ("slices by =", [f"img_Z={n}.tif" for n in range(3)]),
            ("scenes", [f"exp_scene{n}.tif" for n in range(4)]),
            ("replicates", [f"ctrl_rep{n}.tif" for n in range(4)]),
            ("lengths of waves", [f"exp_{n}nm.tif" for n in (405, 505, 605)]),
            ("concentrations", [f"{n}uM.tif" for n in (10, 20, 30)]),
            ("planes", [f"img_plane{n}.tif" for n in range(3)]),
        )
    ),
    ("channels by =", frames_named("i_C=0.tif", "i_C=1.tif"), r"files of 2 channels"),
    *(
        (name, frames_named(*names), r"whose order is not certain; rename the files")
        for name, names in (
            ("two decimals", ["x0.25.tif", "x0.5.tif"]),
            ("two decimals with commas", ["x0,25.tif", "x0,5.tif"]),
            ("days first", ["31012024.tif", "01022024.tif"]),
        )
    ),
    ("two gaps", frames_named(*(f"t{n}.tif" for n in (0, 1, 4, 5))), r"no frames 2, 3"),
    (
        "a gap of twos",
        frames_named("a2.tif", "a4.tif", "a8.tif"),
        r"no frame 6 \(after",
    ),
    (
        "a long gap",
        frames_named("t0.tif", "t1.tif", "t99.tif"),
        r"and 94 more \(after t1",
    ),
    (
        "hours are missing",
        frames_named("x1h.tif", "x2h.tif", "x5h.tif"),
        r"lacks frames between x2h\.tif and x5h\.tif",
    ),
    (
        "days are missing",
        frames_named("20240131.tif", "20240201.tif", "20240205.tif"),
        r"lacks frames between 20240201\.tif and 20240205\.tif",
    ),
    (
        "minutes of a clock are missing",
        frames_named("a_1030.tif", "a_1031.tif", "a_1059.tif"),
        r"no frames 1032, 1033, 1034 and 24 more",
    ),
    ("the same number", frames_named("t1.tif", "t001.tif"), r"same numbers in their n"),
    (
        "the same in one of many",
        spoiled(with_frame("t2.tif", BLANK)),
        r"t0*2\.tif have t",
    ),
    (
        "two suffixes",
        spoiled(with_frame("t004.tiff", BLANK)),
        r"more than one kind of im",
    ),
    # Files of several videos
    (
        "channels",
        grid("a_c{}_t{}.tif", 2, 3),
        r"frames has files of 2 channels \(0 c0, 1",
    ),
    (
        "incomplete channels",
        frames_named("a_c1_t1.tif", "a_c1_t2.tif", "a_c2_t1.tif"),
        r"c2 has only 1 of 2 frames",
    ),
    (
        "wavelengths",
        grid("t{}_w{}.tif", 3, 2),
        r"2 channels \(0 w0, 1 w1\); choose one",
    ),
    (
        "positions",
        grid("p{}_t{}.tif", 2, 3),
        r"differ in 2 numbers \(after “p”, after “t”",
    ),
    (
        "an incomplete grid",
        grid("p{}_t{}.tif", 2, 2),
        r"keep only the files of one chan",
    ),
    ("slices", frames_named("a_z1.tif", "a_z2.tif"), r"after “z”, which is not a time"),
    ("fields", frames_named("a_f1_field1.tif", "a_f2_field2.tif"), r"after “field”"),
    (
        "wells",
        frames_named("A01_t0.tif", "A01_t1.tif", "B01_t0.tif"),
        r"more than one kind",
    ),
    (
        "wells alone",
        frames_named("well1.tif", "well2.tif"),
        r"after “well”, which is not",
    ),
    ("slices of channels", grid("z{}_c{}_t{}.tif", 2, 2, 2), r"differ in 3 numbers"),
    ("a mean", spoiled(with_frame("mean.tif", BLANK)), r"\(t#\.tif and mean\.tif\)"),
    (
        "names without numbers",
        frames_named("a.tif", "b.tif", "c.tif"),
        r"more than one ki",
    ),
    (
        "names of cameras",
        frames_named("left1.tif", "right1.tif"),
        r"more than one kind",
    ),
    # Other contents
    ("nothing", nothing_in_it, r"frames contains no TIFF files; choose a folder with"),
    ("only a text", only_text, r"frames contains no TIFF files; choose a folder with"),
    (
        "only hidden files",
        only_hidden,
        r"frames contains no TIFF files; choose a folder with",
    ),
    ("only folders", folder_of_sequences, r"choose one of its folders: 01, 02"),
    (
        "a folder for each frame",
        folder_for_each_frame,
        r"with one each, such as TimePoint_1; copy the files into one folder, named t0",
    ),
    (
        "a picture",
        spoiled(with_file("view.PNG")),
        r"also contains view\.PNG; keep only",
    ),
    (
        "a film",
        spoiled(with_file("all.avi")),
        r"frames also contains all\.avi; keep only",
    ),
    ("another microscope", spoiled(with_file("x.nd2")), r"frames also contains x\.nd2"),
    (
        "labels",
        spoiled(with_file("res_track.txt")),
        r"frames contains labels, not a video",
    ),
    (
        "truth",
        spoiled(with_file("man_track.txt")),
        r"frames contains labels, not a video",
    ),
    # Faulty frames
    (
        "a small frame",
        spoiled(with_frame("t002.tif", BLANK[:9])),
        r"t002\.tif is 9 × 32 of",
    ),
    (
        "an 8-bit frame",
        spoiled(with_frame("t001.tif", BLANK.astype(np.uint8))),
        r"of uint8",
    ),
    (
        "a frame of floats",
        spoiled(with_frame("t003.tif", BLANK / 2)),
        r"t003.* of float64",
    ),
    (
        "a colored frame",
        spoiled(with_frame("t001.tif", COLORS[0], photometric="rgb")),
        r"t001\.tif has 3 channels",
    ),
    (
        "a stack",
        spoiled(with_frame("t002.tif", FRAMES, photometric="minisblack")),
        r"has 4 images; in a",
    ),
    (
        "slices in a frame",
        spoiled(
            with_frame(
                "t002.tif", FRAMES, photometric="minisblack", metadata={"axes": "ZYX"}
            )
        ),
        r"t002\.tif is three-dim",
    ),
    (
        "an empty frame",
        spoiled(with_file("t002.tif", b"")),
        r"t002\.tif is empty; copy",
    ),
    (
        "a frame of text",
        spoiled(with_file("t002.tif")),
        r"t002\.tif is not a readable TIFF",
    ),
    ("a cut frame", spoiled(with_a_cut_frame), r"t002\.tif is truncated"),
    ("a folder as a frame", spoiled(with_a_folder), r"no frame 2 \(after t001\.tif\)"),
    ("a pipe", spoiled(with_pipe), r"t002\.tif is a pipe or a device, not a file"),
    (
        "a device",
        spoiled(with_link("t002.tif", "/dev/zero")),
        r"t002\.tif is a pipe or a",
    ),
    (
        "a lost link",
        spoiled(with_link("t002.tif", "gone.tif")),
        r"link to gone\.tif, which",
    ),
    (
        "a link to itself",
        spoiled(with_link("t002.tif", "t002.tif")),
        r"t002\.tif is a link",
    ),
    (
        "a link to a folder",
        spoiled(with_link("t002.tif", ".")),
        r"no frame 2 \(after t001",
    ),
    (
        "a frame that is not a number",
        nan_in_frame_2,
        r"frames, frame 2: some pixels are NaN or infinite; replace them",
    ),
]
"""Name, maker and message of each faulty folder."""

FAULTS = [
    *(Fault("folder", name, run_on(make), says) for name, make, says in FOLDERS),
    Fault(
        "folder",
        "a channel that is not there",
        run_on(grid("a_c{}_t{}.tif", 2, 3), "--channel", "2"),
        r"frames has 2 channels; choose one with --channel 0 to --channel 1",
    ),
    Fault(
        "folder",
        "a channel of a single one",
        run_on(spoiled(lambda folder: None), "--channel", "1"),
        r"t000\.tif has only one channel; omit --channel 1",
    ),
]
