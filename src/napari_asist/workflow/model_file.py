"""Read the file of a trained model: its engine and the settings for its use."""

from pathlib import Path
from typing import Any, TypeGuard

from napari_asist.errors import AsistError
from napari_asist.workflow.recipe import Engine

MODEL = "model.safetensors"
STANDARD = "standard_radius"
"""Name under which a model's file stores the radius of the objects it was trained
on."""

ENGINES: dict[str, Engine] = {"depth": "depth", "network": "rshn"}
"""The engine for each name under which a model's file stores its weights."""


SMALLEST, LARGEST = 2.0, 100.0
"""Radii in px for which a network may have been trained."""

SECTIONS = ("estimate", "tracking")
"""Sections that are read one by one."""


def engine_of_model(model: Path) -> Engine:
    """Return the engine whose network is in a model's file.

    Parameters
    ----------
    model : Path
        File of weights.

    Raises
    ------
    AsistError
        It has no network that outlines objects.
    """
    return _read(model)[0]


def settings_of_use(model: Path) -> dict[str, Any]:
    """Return the settings for using a model, stored in its file, as plain data.

    They always include the engine, even if the file does not name it.

    Parameters
    ----------
    model : Path
        File of weights, of any engine.

    Raises
    ------
    AsistError
        It has no network that outlines objects, or its weights are not all finite.
    """
    engine, use = _read(model)
    return {**use, "engine": engine}


def _is_use(use: object) -> TypeGuard[dict[str, Any]]:
    """Return whether settings for using a model are sections of a recipe."""
    if not isinstance(use, dict):
        return False
    radius = use.get(STANDARD)
    is_radius = isinstance(radius, int | float) and SMALLEST <= radius <= LARGEST
    sections = (use.get(name, {}) for name in SECTIONS)
    return (radius is None or is_radius) and all(
        isinstance(section, dict) for section in sections
    )


def _read(model: Path) -> tuple[Engine, dict[str, Any]]:
    from napari_asist.training.checkpoint import load_state, refuse_lost_numbers

    state, metadata = load_state(model)
    refuse_lost_numbers(state, model)
    for name, engine in ENGINES.items():
        if name in state:
            use = metadata.get("use") or {}
            if not _is_use(use):
                raise AsistError(
                    f"{model} has damaged settings; copy the file again, or train "
                    "again."
                )
            return engine, use
    raise AsistError(
        f"{model} has no network that outlines objects; choose a model.safetensors."
    )
