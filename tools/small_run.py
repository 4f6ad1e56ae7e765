"""A small run that the fault tests interrupt, and the comparison of its results."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import tifffile
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from tiny import tiny_depth_recipe, tiny_recipe, write_tiny_video

from napari_asist.files import ASIDE
from napari_asist.workflow.recipe import write_recipe

RECIPES = {"depth": tiny_depth_recipe, "rshn": tiny_recipe}
TIME_LIMIT = 600


def write_inputs(folder: Path) -> tuple[Path, dict[str, Path]]:
    """Write a video of 64 px and 8 frames, and a recipe for each engine.

    Returns
    -------
    video : Path
    recipes : dict of str to Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    video = write_tiny_video(folder / "video.tif")
    recipes = {}
    for engine, make in RECIPES.items():
        recipes[engine] = folder / f"{engine}.yaml"
        write_recipe(make(), recipes[engine])
    return video, recipes


def command(*arguments: object) -> list[str]:
    """Return a command line of napari-asist."""
    return [sys.executable, "-m", "napari_asist", *map(str, arguments)]


def finished(
    line: Sequence[str], **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with variables added to the environment."""
    return subprocess.run(
        line,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIME_LIMIT,
        env=os.environ | variables,
    )


def outcome(run: Path) -> dict[str, str]:
    """Return a hash of each label, table and weight of a run.

    Pixels and numbers count, not how files store them.
    """
    found: dict[str, str] = {}
    for path in sorted((run / "result").rglob("*")):
        name = path.relative_to(run).as_posix()
        if path.suffix == ".tif":
            found[name] = _hash(tifffile.imread(path).tobytes())
        elif path.suffix in {".txt", ".csv"}:
            found[name] = _hash(path.read_bytes())
    for path in sorted(run.glob("*/model.safetensors")):
        for key, value in sorted(load_file(path).items()):
            raw = value.reshape(-1).contiguous().view(torch.uint8).numpy().tobytes()
            found[f"{path.parent.name}: {key}"] = _hash(raw)
    return found


def leftovers(run: Path) -> list[str]:
    """Return drafts and scratch files of a run that has ended."""
    return [
        path.relative_to(run).as_posix()
        for path in run.rglob("*")
        if path.name.endswith((ASIDE, ".partial", ".raw", ".old"))
        or (path.name.startswith(".") and path.name != ".napari-asist")
    ]


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names of what differs between two outcomes."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
