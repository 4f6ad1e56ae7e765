"""Files and folders that are no trained models."""

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from fault import OUT, Fault, Make
from faulty_videos import FRAMES, appended, saved
from safetensors.torch import save_file

from napari_asist.training.checkpoint import load_state, save_state
from napari_asist.workflow.pretrained import pretrained_weights

MakeModel = Callable[[Path], Path]


def of_file(content: bytes, name: str = "model.safetensors") -> MakeModel:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def headed(header: bytes, length: int | None = None, data: bytes = b"") -> MakeModel:
    """Return a maker of a safetensors file with this header, of this stated length."""
    stated = len(header) if length is None else length
    return of_file(struct.pack("<Q", stated) + header + data)


def of_tensor(**entry: object) -> MakeModel:
    """Return a maker of a safetensors file of 8 bytes, with this entry for a tensor."""
    whole = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | entry
    return headed(json.dumps({"a": whole}).encode(), data=bytes(8))


def stating(**texts: str) -> MakeModel:
    """Return a maker of a readable safetensors file with these metadata."""

    def make(folder: Path) -> Path:
        path = folder / "model.safetensors"
        save_file({"a": torch.zeros(2)}, path, metadata=texts or None)
        return path

    return make


def using(use: Any, name: str = "depth") -> MakeModel:
    """Return a maker of a model with these settings for its use, without weights."""
    state, metadata = json.dumps({name: {}}), json.dumps({"use": use})
    return stating(state=state, metadata=metadata)


def cut_model(part: float) -> MakeModel:
    def make(folder: Path) -> Path:
        path = using({})(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        return path

    return make


def missing(folder: Path) -> Path:
    return folder / "model.safetensors"


def lost(folder: Path) -> Path:
    (folder / "model.safetensors").symlink_to("gone.safetensors")
    return folder / "model.safetensors"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "model.safetensors")
    return folder / "model.safetensors"


def device(folder: Path) -> Path:
    (folder / "model.safetensors").symlink_to("/dev/zero")
    return folder / "model.safetensors"


def video(folder: Path) -> Path:
    return appended(folder, *FRAMES)


def empty_folder(folder: Path) -> Path:
    (folder / "run").mkdir()
    return folder / "run"


def untrained(folder: Path) -> Path:
    run = empty_folder(folder)
    (run / "simulated").mkdir()
    (run / "recipe.yaml").write_text("seed: 3\n")
    return run


def without_file(folder: Path) -> Path:
    run = untrained(folder)
    (run / "network").mkdir()
    return run


def with_folder(folder: Path) -> Path:
    run = without_file(folder)
    (run / "network" / "model.safetensors").mkdir()
    return run


def with_faulty_recipe(folder: Path) -> Path:
    run = without_file(folder)
    using({})(run / "network")
    (run / "recipe.yaml").write_text("depth: [3]\n")
    return run


def ready_made(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> MakeModel:
    """Return a maker of a copy of the model of nuclei, with other contents."""

    def make(folder: Path) -> Path:
        path = folder / "model.safetensors"
        state, metadata = load_state(pretrained_weights("nuclei"))
        change(state, metadata)
        save_state(path, state, **metadata)
        return path

    return make


def lose_numbers(state: dict[str, Any], metadata: dict[str, Any]) -> None:
    for weights in state["depth"].values():
        if weights.is_floating_point():
            weights.fill_(float("nan"))


def of_radius(radius: float) -> MakeModel:
    def change(state: dict[str, Any], metadata: dict[str, Any]) -> None:
        metadata["use"]["standard_radius"] = radius

    return ready_made(change)


MODELS: list[tuple[str, MakeModel, str]] = [
    (
        "missing",
        missing,
        r"is not a model; choose a run folder, a model\.safetensors, or one",
    ),
    ("not numbers", ready_made(lose_numbers), r"has weights that are not numbers; cop"),
    ("huge radius", of_radius(1e9), r"model\.safetensors has damaged settings; copy"),
    ("tiny radius", of_radius(1e-9), r"model\.safetensors has damaged settings; copy"),
    ("lost link", lost, r"model\.safetensors is not a model; choose a run folder"),
    ("pipe", pipe, r"model\.safetensors is a pipe or a device, not a file"),
    ("device", device, r"model\.safetensors is a pipe or a device, not a file"),
    ("folder", empty_folder, r"run/network does not exist yet; first run its stage"),
    ("run without network", untrained, r"run/network does not exist yet; first run"),
    (
        "run without file",
        without_file,
        r"model\.safetensors does not exist; first train",
    ),
    ("run with a folder", with_folder, r"model\.safetensors is a folder, not a file"),
    ("run with a recipe", with_faulty_recipe, r"run/recipe\.yaml: depth = \[3\]"),
    ("empty", of_file(b""), r"is not a complete napari-asist weights file"),
    ("text", of_file(b"weights: 3\n"), r"is not a complete napari-asist weights file"),
    (
        "pickle",
        of_file(pickle.dumps({"a": 1}), "model.pt"),
        r"model\.pt is not a compl",
    ),
    (
        "video",
        video,
        r"a\.tif is not a complete napari-asist weights file: it is trunca",
    ),
    ("half a length", of_file(b"\x08\0\0"), r"is not a complete napari-asist weights"),
    ("cut header", cut_model(0.5), r"is not a complete napari-asist weights file"),
    ("cut tensors", cut_model(0.99), r"is not a complete napari-asist weights file"),
    ("huge header", headed(b"{}", 2**60), r"is not a complete napari-asist weights"),
    ("header of letters", headed(b"abc{"), r"is not a complete napari-asist weights"),
    (
        "header of a list",
        headed(b"[1, 2]  "),
        r"is not a complete napari-asist weights",
    ),
    ("deep header", headed(b"[" * 9000), r"is not a complete napari-asist weights fil"),
    ("tensor too long", of_tensor(data_offsets=[0, 80]), r"is not a complete napari-"),
    ("tensor backwards", of_tensor(data_offsets=[8, 0]), r"is not a complete napari-"),
    ("shape too large", of_tensor(shape=[2**40, 2**40]), r"is not a complete napari-"),
    ("unknown dtype", of_tensor(dtype="X9"), r"is not a complete napari-asist weights"),
    ("another program", stating(), r"that napari-asist did not write; choose another"),
    (
        "other metadata",
        stating(format="pt"),
        r"that napari-asist did not write; choose",
    ),
    ("half its metadata", stating(state="{}"), r"that napari-asist did not write"),
    (
        "state of words",
        stating(state="a", metadata="{}"),
        r"napari-asist did not write",
    ),
    ("state of a list", stating(state="[]", metadata="{}"), r"asist did not write"),
    ("deep state", stating(state="[" * 9**5, metadata="{}"), r"asist did not write"),
    (
        "state without tensor",
        stating(state='{"depth": {"$tensor": "b"}}', metadata="{}"),
        r"napari-asist did not write",
    ),
    ("no network", stating(state="{}", metadata="{}"), r"has no network that outlines"),
    ("generator", using({}, "generator"), r"has no network that outlines objects"),
    (
        "unknown use",
        using({"depht": {"steps": 3}}),
        r"stores settings of another version",
    ),
    ("use of words", using({"depth": "fast"}), r"stores settings of another version"),
    ("use of a list", using([1]), r"has damaged settings; copy the file again, or"),
    ("a radius in words", using({"standard_radius": "long"}), r"has damaged settings"),
    ("a negative radius", using({"standard_radius": -3}), r"has damaged settings"),
    ("no weights", using({}), r"model\.safetensors: written by another version of"),
]
"""Name, maker and message of each faulty model."""


def track_with(make: MakeModel) -> Make:
    def arguments(folder: Path) -> list[str]:
        (folder / "video").mkdir()
        video = str(saved(folder / "video"))
        model = str(make(folder))
        return ["track", video, "--model", model, "--out", str(folder / OUT), "--quiet"]

    return arguments


FAULTS = [Fault("model", name, track_with(make), says) for name, make, says in MODELS]
