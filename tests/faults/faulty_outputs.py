"""Places that must not be written to, because they are somebody's own."""

import os
from collections.abc import Callable
from pathlib import Path

from fault import OUT, Fault, Make
from faulty_folders import frames_named
from faulty_results import result_with, unchanged
from faulty_videos import saved

Prepare = Callable[[Path], Path]
"""Puts something in the way, and returns the place to write to."""


def a_file(folder: Path) -> Path:
    (folder / "mine.txt").write_text("my notes")
    return folder / "mine.txt"


def an_empty_file(folder: Path) -> Path:
    (folder / "mine.txt").touch()
    return folder / "mine.txt"


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / OUT


def the_video(folder: Path) -> Path:
    return folder / "a.tif"


def a_folder(folder: Path) -> Path:
    (folder / "mine" / "more").mkdir(parents=True)
    (folder / "mine" / "more" / "notes.txt").write_text("my notes")
    return folder / "mine"


def a_hidden_file(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / ".secret").write_text("my notes")
    return folder / "mine"


def a_recipe_alone(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / "recipe.yaml").write_text("seed: 3\n")
    return folder / "mine"


def a_list_as_recipe(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / "recipe.yaml").write_text("- two eggs\n- flour\n")
    return folder / "mine"


def a_result(folder: Path) -> Path:
    (folder / "mine" / "01_RES").mkdir(parents=True)
    (folder / "mine" / "01_RES" / "res_track.txt").write_text("1 0 0 0\n")
    return folder / "mine"


def a_link_to_a_folder(folder: Path) -> Path:
    (folder / "link").symlink_to(a_folder(folder))
    return folder / "link"


def a_link_to_a_file(folder: Path) -> Path:
    (folder / "link").symlink_to(a_file(folder))
    return folder / "link"


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_device(folder: Path) -> Path:
    return Path("/dev/full")


def a_long_name(folder: Path) -> Path:
    return folder / ("a" * 300)


def a_linked_lock(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / "lock").symlink_to(a_file(folder))
    return folder / "mine"


def a_linked_mark(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / ".napari-asist").symlink_to(a_file(folder))
    return folder / "mine"


def a_linked_table(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / ".napari-asist").write_text("{}")
    (folder / "mine" / "01_tracks.csv").symlink_to(a_file(folder))
    return folder / "mine"


def a_linked_result(folder: Path) -> Path:
    (folder / "mine").mkdir()
    (folder / "mine" / ".napari-asist").write_text("{}")
    (folder / "theirs").mkdir()
    (folder / "mine" / "01_RES").symlink_to(folder / "theirs")
    return folder / "mine"


def a_picture(folder: Path) -> Path:
    (folder / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n and a picture of a cat")
    return folder / "cat.png"


def a_list(folder: Path) -> Path:
    (folder / "mine.yaml").write_text("- my\n- notes\n")
    return folder / "mine.yaml"


def a_config(folder: Path) -> Path:
    (folder / "mine.yaml").write_text("name: me\nseed: 3\n")
    return folder / "mine.yaml"


def a_table(folder: Path) -> Path:
    (folder / "mine.csv").write_text("kind,frame\n")
    return folder / "mine.csv"


def a_missing_folder(folder: Path) -> Path:
    return folder / "gone" / "x.csv"


FOLDERS: list[tuple[str, Prepare, str]] = [
    ("a file", a_file, r"mine\.txt is a file; choose a folder to write to"),
    ("an empty file", an_empty_file, r"mine\.txt is a file; choose a folder to write"),
    ("below a file", below_a_file, r"mine\.txt/out"),
    ("a folder", a_folder, r"mine contains files that .* did not make, such as more;"),
    (
        "a hidden file",
        a_hidden_file,
        r"did not make, such as \.secret; choose a new or",
    ),
    ("a recipe", a_recipe_alone, r"did not make, such as recipe\.yaml; choose a new"),
    (
        "a list as a recipe",
        a_list_as_recipe,
        r"did not make, such as recipe\.yaml; cho",
    ),
    ("a result", a_result, r"mine contains files that .* such as 01_RES; choose a new"),
    ("a link to a folder", a_link_to_a_folder, r"link contains files that napari-asis"),
    ("a link to a file", a_link_to_a_file, r"link is a file; choose a folder to write"),
    ("a pipe", a_pipe, r"pipe is a file; choose a folder to write to"),
    ("a device", a_device, r"/dev/full is a file; choose a folder to write to"),
    ("a long name", a_long_name, r"aaa.*File name too long"),
    ("a linked mark", a_linked_mark, r"\.napari-asist is a link to another file, whic"),
    ("a linked table", a_linked_table, r"01_tracks\.csv is a link to another file, w"),
    ("a linked lock", a_linked_lock, r"lock is a link to another file, which would b"),
]
"""Name, place and message for commands that write folders."""


def run_into(prepare: Prepare) -> Make:
    def make(folder: Path) -> list[str]:
        return ["run", str(saved(folder)), "--out", str(prepare(folder)), "--quiet"]

    return make


def simulate_into(prepare: Prepare, *options: str) -> Make:
    def make(folder: Path) -> list[str]:
        what = options or ("nuclei",)
        return ["simulate", *what, "--out", str(prepare(folder)), "--quiet"]

    return make


def estimate_into(option: str, prepare: Prepare) -> Make:
    def make(folder: Path) -> list[str]:
        video = str(saved(folder))
        return ["estimate", video, option, str(prepare(folder)), "--quiet"]

    return make


def estimate_as_picture(folder: Path) -> list[str]:
    new = str(folder / "new.yaml")
    return ["estimate", str(saved(folder)), "--out", new, "--picture", new, "--quiet"]


def errors_into(prepare: Prepare) -> Make:
    def make(folder: Path) -> list[str]:
        return result_with(unchanged, "evaluate", "--errors", str(prepare(folder)))(
            folder
        )

    return make


def into_its_frames(folder: Path) -> list[str]:
    frames = str(frames_named("t0.tif", "t1.tif")(folder))
    return ["run", frames, "--out", frames, "--quiet"]


def into_the_result(folder: Path) -> list[str]:
    table = str(folder / "01_RES" / "res_track.txt")
    return result_with(unchanged, "evaluate", "--errors", table)(folder)


def track_into(prepare: Prepare) -> Make:
    def make(folder: Path) -> list[str]:
        return ["track", str(saved(folder)), "--out", str(prepare(folder)), "--quiet"]

    return make


def demo_into(prepare: Prepare) -> Make:
    def make(folder: Path) -> list[str]:
        return ["demo", "--out", str(prepare(folder)), "--quiet"]

    return make


OTHERS: list[tuple[str, Make, str]] = [
    ("run: its video", run_into(the_video), r"a\.tif is a file; choose a folder to wr"),
    ("track: a link", track_into(a_linked_result), r"01_RES is a link to another file"),
    (
        "track: a table",
        track_into(a_linked_table),
        r"01_tracks\.csv is a link to a",
    ),
    (
        "run: its frames",
        into_its_frames,
        r"frames contains files .* did not make, such",
    ),
    (
        "simulate: a file",
        simulate_into(a_file),
        r"mine\.txt is a file; choose a folder",
    ),
    ("simulate: a folder", simulate_into(a_folder), r"did not make, such as more"),
    ("simulate: a set", simulate_into(a_folder, "--preset", "hela"), r"such as more"),
    (
        "demo: a file",
        demo_into(a_file),
        r"mine\.txt is a file; choose a folder to writ",
    ),
    (
        "demo: a folder",
        demo_into(a_folder),
        r"did not make, such as more; choose a new",
    ),
    ("estimate: its video", estimate_into("--out", the_video), r"a\.tif exists and is"),
    ("estimate: a list", estimate_into("--out", a_list), r"mine\.yaml exists and is n"),
    (
        "estimate: settings",
        estimate_into("--out", a_config),
        r"is not a recipe that na",
    ),
    (
        "estimate: no folder",
        estimate_into("--out", a_missing_folder),
        r"gone does not exist; create the folder first",
    ),
    (
        "estimate: one file",
        estimate_as_picture,
        r"--out and --picture are both .*new\.y",
    ),
    ("estimate: a pipe", estimate_into("--out", a_pipe), r"pipe is a pipe or a device"),
    ("estimate: a device", estimate_into("--out", a_device), r"/dev/full is a pipe or"),
    (
        "estimate: a link",
        estimate_into("--out", a_link_to_a_file),
        r"link exists and is",
    ),
    (
        "picture: its video",
        estimate_into("--picture", the_video),
        r"is not a picture tha",
    ),
    (
        "picture: a cat",
        estimate_into("--picture", a_picture),
        r"cat\.png exists and is n",
    ),
    (
        "picture: a folder",
        estimate_into("--picture", a_folder),
        r"mine is a folder, not",
    ),
    (
        "picture: a pipe",
        estimate_into("--picture", a_pipe),
        r"pipe is a pipe or a device",
    ),
    (
        "errors: a file",
        errors_into(a_file),
        r"is not a table of errors that napari-asist",
    ),
    (
        "errors: a table",
        errors_into(a_table),
        r"mine\.csv exists and is not a table of e",
    ),
    (
        "errors: a folder",
        errors_into(a_folder),
        r"mine is a folder, not a file; choose",
    ),
    ("errors: a pipe", errors_into(a_pipe), r"pipe is a pipe or a device, not a file"),
    (
        "errors: the tracks",
        into_the_result,
        r"res_track\.txt exists and is not a table",
    ),
    (
        "errors: no folder",
        errors_into(a_missing_folder),
        r"gone does not exist; create the folder first",
    ),
    (
        "errors: below a file",
        errors_into(below_a_file),
        r"mine\.txt does not exist; create the folder",
    ),
]
"""Name, maker and message for other commands and their options."""

FAULTS = [
    *(Fault("output", name, run_into(place), says) for name, place, says in FOLDERS),
    *(Fault("output", name, make, says) for name, make, says in OTHERS),
]
