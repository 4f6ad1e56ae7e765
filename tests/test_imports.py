"""Imports: the core uses neither napari nor Qt."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import napari_asist

PACKAGE = Path(napari_asist.__file__).parent
WINDOWS = {
    "napari",
    "qtpy",
    "PyQt5",
    "PyQt6",
    "PySide2",
    "PySide6",
    "magicgui",
    "superqt",
    "pyqtgraph",
    "vispy",
}
HEAVY = WINDOWS | {"torch", "ants", "sklearn", "ctc_metrics"}
ROOMS = (
    (
        *(
            "compiled",
            "errors",
            "settings",
            "events",
            "progress",
            "tiff",
            "scaling",
            "noise",
            "threads",
            "processes",
        ),
        *(
            "mapped",
            "blur",
            "interpolation",
            "resampling",
            "smooth_labels",
            "cores",
            "files",
            "file_lock",
            "illumination",
        ),
    ),
    ("labels",),
    ("video",),
    ("ctc",),
    ("simulation",),
    ("estimation",),
    ("microscope",),
    ("training",),
    ("synthesis",),
    ("refinement",),
    ("embedding", "depth"),
    ("tracking",),
    ("measurement",),
    ("proofreading",),
    ("evaluation",),
    ("workflow",),
    ("api",),
    ("cli", "__main__"),
    ("plugin",),
)
ORDER = {name: place for place, room in enumerate(ROOMS) for name in room}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def core_modules() -> list[Path]:
    return [path for path in modules() if room_of(dotted(path)) != "plugin"]


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    return [*module.split("."), ""][1]


def imported(path: Path) -> Iterator[str]:
    """Yield the module names that a file imports anywhere, including in functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded_by(module: str, names: set[str]) -> str:
    """Import a module in a new interpreter; return which of the names were loaded."""
    code = (
        (
            f"import sys, {module}; "
            f"print(*sorted({sorted(names)!r} & sys.modules.keys()))"
        )
        .replace("[", "{")
        .replace("]", "}")
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.mark.parametrize("path", core_modules(), ids=dotted)
def test_core_never_names_napari_or_qt(path: Path) -> None:
    found = {name.split(".")[0] for name in imported(path)}
    # The command `view` opens the window through the plugin.
    assert not found & WINDOWS


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_rooms_import_only_from_rooms_above(path: Path) -> None:
    own = room_of(dotted(path))
    if not own:
        return
    for name in imported(path):
        room = room_of(name) if name.startswith("napari_asist.") else ""
        if room in ORDER and not (own == "cli" and room == "plugin"):
            assert ORDER[room] <= ORDER[own], f"{own} imports {name}"


def imported_modules(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, including for types."""
    names = {dotted(module) for module in modules()}
    own = dotted(path)
    found = {name for name in imported(path) if name in names and name != own}
    # `from package import module` also names the package, which is not counted.
    return {name for name in found if not any(n.startswith(f"{name}.") for n in found)}


def test_no_circular_imports() -> None:
    graph = {dotted(path): imported_modules(path) for path in modules()}
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names it


def test_every_room_has_its_place() -> None:
    rooms = {room_of(dotted(path)) for path in modules()} - {""}
    assert rooms <= ORDER.keys()


def test_package_loads_nothing_heavy() -> None:
    assert loaded_by("napari_asist", HEAVY | {"numpy", "tifffile", "dask"}) == ""


@pytest.mark.parametrize("room", ["labels", "video", "ctc", "evaluation", "settings"])
def test_light_rooms_load_nothing_heavy(room: str) -> None:
    assert loaded_by(f"napari_asist.{room}", HEAVY) == ""


def test_core_loads_without_napari_and_qt() -> None:
    names = [dotted(path) for path in core_modules() if path.stem != "__main__"]
    assert loaded_by(", ".join(names), WINDOWS) == ""
