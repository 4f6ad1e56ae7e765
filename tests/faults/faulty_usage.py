"""Commands, options, variables and Python files that cannot work."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from fault import OUT, Fault, Make
from faulty_results import result_with, unchanged
from faulty_videos import saved


def as_typed(*arguments: str) -> Make:
    return lambda folder: list(arguments)


USAGE: list[tuple[str, list[str], str]] = [
    ("nothing", [], r"the following arguments are required: COMMAND"),
    ("unknown command", ["segment", "a.tif"], r"invalid choice: 'segment'"),
    ("unknown option", ["validate", "a", "--fast"], r"unrecognized arguments: --fast"),
    ("no video", ["run", "--out", OUT], r"arguments are required: VIDEO"),
    ("no output", ["run", "a.tif"], r"arguments are required: --out"),
    ("one folder", ["evaluate", "01_GT"], r"arguments are required: RES"),
    ("unknown preset", ["run", "a", "--out", OUT, "--preset", "fast"], r"'fast'"),
    ("unknown stage", ["run", "a", "--out", OUT, "--until", "learn"], r"'learn'"),
    ("unknown kind", ["simulate", "yeast", "--out", OUT], r"no simulator 'yeast'"),
    ("nothing to simulate", ["simulate", "--out", OUT], r"one of the arguments KIND -"),
    ("seed of letters", ["demo", "--seed", "one"], r"--seed: invalid int value: 'one'"),
    ("seed of a fraction", ["demo", "--seed", "1.5"], r"invalid int value: '1\.5'"),
    ("channel of letters", ["estimate", "a", "--channel", "GFP"], r"int value: 'GFP'"),
    (
        "radius of letters",
        ["estimate", "a", "--object-radius", "r"],
        r"float value: 'r'",
    ),
    ("margin of letters", ["evaluate", "a", "b", "--margin", "x"], r"int value: 'x'"),
    ("no value", ["run", "a", "--out"], r"--out: expected one argument"),
]
"""Name, arguments and the end of what is said about wrong usage."""

PLACES: list[tuple[str, list[str], str]] = [
    ("no result", ["validate", "gone"], r"gone is not a folder; choose a CTC folder"),
    (
        "result is a file",
        ["validate", "a.tif"],
        r"a\.tif is not a folder; choose a CTC",
    ),
    (
        "no truth",
        ["evaluate", "gone", "01_RES"],
        r"gone is not a folder; choose one suc",
    ),
    ("no run to train", ["train", "gone"], r"gone is not a run folder"),
    ("refine a video", ["refine", "a.tif"], r"a\.tif is not a run folder"),
    ("synthesize here", ["synthesize", "."], r"\. is not a run folder"),
    (
        "a set with changes",
        ["simulate", "--preset", "hela", "--out", OUT, "--set", "mitoses=3"],
        r"--preset hela reproduces a video set of the paper; omit",
    ),
    (
        "an unknown set",
        ["simulate", "--preset", "yeast", "--out", OUT],
        r"yeast.*choose hela, microvilli-1-10",
    ),
    (
        "no videos",
        ["simulate", "nuclei", "--out", OUT, "--videos", "0"],
        r"simulation\.videos = 0: .*greater than or equal to 1",
    ),
    (
        "too many videos",
        ["simulate", "nuclei", "--out", OUT, "--videos", "9999"],
        r"simulation\.videos = 9999: .*less than or equal to 1000",
    ),
    (
        "a seed of a set",
        ["simulate", "--preset", "hela", "--seed", "-1", "--out", OUT],
        r"seed = -1: .*greater than or equal to 0",
    ),
    (
        "a seed of the demo",
        ["demo", "--out", OUT, "--seed", "-1"],
        r"seed = -1: .*greater than or equal to 0",
    ),
]
"""Name, arguments and message of commands next to a video a.tif."""


def beside_a_video(arguments: list[str]) -> Make:
    def make(folder: Path) -> list[str]:
        saved(folder)
        return arguments

    return make


MARGINS: list[tuple[str, list[str], str]] = [
    ("a negative margin", ["--margin", "-1"], r"A margin of -1 px does not fit frames"),
    (
        "a wide margin",
        ["--margin", "20"],
        r"A margin of 20 px does not fit frames of 40",
    ),
    (
        "no masks",
        ["--segmentation", "gone"],
        r"gone is not a folder; choose one such as",
    ),
    ("other masks", ["--segmentation", "01_RES"], r"01_RES has no masks: SEG/man_seg"),
]
"""Name, options and message of evaluations."""

SHAPES: list[tuple[str, bytes, str]] = [
    (
        "syntax error",
        b"def area(:\n",
        r"shapes\.py failed with SyntaxError: invalid syn",
    ),
    ("wrong indent", b"a = 1\n  b = 2\n", r"shapes\.py failed with IndentationError"),
    ("raises", b"raise RuntimeError('two\\nlines')\n", r"RuntimeError: two lines\."),
    (
        "no such module",
        b"import no_such_module\n",
        r"failed with ModuleNotFoundError: No",
    ),
    (
        "no such name",
        b"print(area)\n",
        r"shapes\.py failed with NameError: name 'area'",
    ),
    ("divides by zero", b"1 / 0\n", r"shapes\.py failed with ZeroDivisionError"),
    ("no memory", b"raise MemoryError\n", r"shapes\.py failed with MemoryError"),
    (
        "endless recursion",
        b"def f(): f()\nf()\n",
        r"failed with RecursionError: maximum",
    ),
    ("leaves", b"raise GeneratorExit\n", r"shapes\.py failed with GeneratorExit\."),
    (
        "an error that fails",
        b"class E(Exception):\n  def __str__(self): return 1 / 0\nraise E\n",
        r"shapes\.py failed with E\.",
    ),
    ("exits", b"import sys\nsys.exit()\n", r"shapes\.py failed with SystemExit"),
    (
        "latin-1",
        b"a = '\xe9'\n",
        r"shapes\.py failed with (SyntaxError|UnicodeDecodeError)",
    ),
    ("binary", bytes(range(256)), r"shapes\.py failed with (SyntaxError|ValueError)"),
    ("empty", b"", r"shapes\.py defines no shape; write a subclass of"),
    (
        "other classes",
        b"class Blob: pass\n",
        r"shapes\.py defines no shape; write a sub",
    ),
]
"""Name, content and message of Python files with shapes."""


def with_shapes(path: str, prepare: Callable[[Path], None]) -> Make:
    def make(folder: Path) -> list[str]:
        prepare(folder)
        shapes = str(folder / path)
        return ["simulate", "nuclei", "--out", str(folder / OUT), "--shapes", shapes]

    return make


def python_file(content: bytes, name: str = "shapes.py") -> Make:
    return with_shapes(name, lambda folder: _write(folder / name, content))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


OUTLINE = b"""
from typing import Literal
import numpy as np
from napari_asist.simulation.shapes import Shape
class Kite(Shape):
    kind: Literal["%b"] = "%b"
    def outline(self, scene):
        return %b
"""


def drawing(name: bytes, outline: bytes) -> Make:
    """Return a maker of a Python file with a shape of this outline, and of its use."""

    def make(folder: Path) -> list[str]:
        command = python_file(OUTLINE % (name, name, outline))(folder)
        return [*command, "--set", f"shape={name.decode()}"]

    return make


PATHS: list[tuple[str, Make, str]] = [
    (
        "missing",
        with_shapes("shapes.py", lambda folder: None),
        r"shapes\.py does not exist",
    ),
    (
        "a folder",
        with_shapes("shapes.py", lambda folder: (folder / "shapes.py").mkdir()),
        r"shapes\.py does not exist; check the path of the Pyt",
    ),
    (
        "a pipe",
        with_shapes("shapes.py", lambda folder: os.mkfifo(folder / "shapes.py")),
        r"shapes\.py does not exist; check the path of the Py",
    ),
    (
        "an outline that fails",
        drawing(b"torn", b"scene['bendy']"),
        r"The shape torn could not be drawn \(.*bendy.*\); correct its outline in its",
    ),
    (
        "an outline of another shape",
        drawing(b"flat", b"np.zeros((3, 24))"),
        r"The outline of the shape flat is an array of \(3, 24\), not \(\d+, corners",
    ),
    (
        "an outline without numbers",
        drawing(b"lost", b"np.full((len(scene), 8, 2), np.nan)"),
        r"The outline of the shape lost has corners that are not numbers; correct it",
    ),
    (
        "a text",
        python_file(b"a = 1\n", "shapes.txt"),
        r"shapes\.txt is not a Python file; ch",
    ),
]

VARIABLES: list[tuple[str, Mapping[str, str], str]] = [
    (
        "two ranks",
        {"WORLD_SIZE": "2"},
        r"torchrun works only with the commands run, syn",
    ),
    ("a rank without others", {"RANK": "3"}, r"RANK=3, .* torchrun, or unset these v"),
    ("a size in words", {"WORLD_SIZE": "two"}, r"WORLD_SIZE=two is not a number; sta"),
    ("no size", {"WORLD_SIZE": "0"}, r"WORLD_SIZE=0 do not describe one of several"),
    (
        "second rank",
        {"WORLD_SIZE": "2", "RANK": "1"},
        r"napari-asist, rank 1: torchrun works only with the commands",
    ),
    ("negative threads", {"NUMBA_NUM_THREADS": "-2"}, r"NUMBA_NUM_THREADS is -2; set"),
    ("no threads", {"NUMBA_NUM_THREADS": "0"}, r"NUMBA_NUM_THREADS is 0; set it to 1"),
]

FAULTS = [
    *(
        Fault("usage", name, as_typed(*arguments), says, status=2)
        for name, arguments, says in USAGE
    ),
    *(
        Fault("place", name, beside_a_video(arguments), says)
        for name, arguments, says in PLACES
    ),
    *(
        Fault("evaluation", name, result_with(unchanged, "evaluate", *options), says)
        for name, options, says in MARGINS
    ),
    *(Fault("shapes", name, python_file(text), says) for name, text, says in SHAPES),
    *(Fault("shapes", name, make, says) for name, make, says in PATHS),
    *(
        Fault(
            "variables",
            name,
            result_with(unchanged, "evaluate"),
            says,
            environment=environment,
        )
        for name, environment, says in VARIABLES
    ),
]
