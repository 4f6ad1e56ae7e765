"""What the file of a trained model tells: its engine, and how it is to be used."""

from pathlib import Path
from typing import Any

from napari_asist.errors import AsistError
from napari_asist.workflow.recipe import Engine

MODEL = "model.safetensors"
STANDARD = "standard_radius"
"""Name under which a model's file keeps the radius of the objects that it knows."""

ENGINES: dict[str, Engine] = {"depth": "depth", "network": "rshn"}
"""The engine by the name under which a model's file keeps its weights."""


def engine_of_model(model: Path) -> Engine:
    """Return the engine whose network a model's file holds.

    Parameters
    ----------
    model : Path
        File of weights.

    Raises
    ------
    AsistError
        It holds no network that outlines objects.
    """
    return _read(model)[0]


def settings_of_use(model: Path) -> dict[str, Any]:
    """Return the settings that a model's file keeps for its use, as plain data.

    The engine is among them, also where the file does not state it.

    Parameters
    ----------
    model : Path
        File of weights, of any engine.

    Raises
    ------
    AsistError
        It holds no network that outlines objects.
    """
    engine, use = _read(model)
    return {**use, "engine": engine}


def _read(model: Path) -> tuple[Engine, dict[str, Any]]:
    from napari_asist.training.checkpoint import load_state

    state, metadata = load_state(model)
    for name, engine in ENGINES.items():
        if name in state:
            return engine, metadata.get("use") or {}
    raise AsistError(
        f"{model}: holds no network that outlines objects; give a model.safetensors."
    )
