"""The ready-made models that come with the package."""

from pathlib import Path
from typing import TYPE_CHECKING

from napari_asist.errors import AsistError
from napari_asist.simulation.settings import SimulatorKind, simulator_model

if TYPE_CHECKING:
    from napari_asist.depth.settings import DepthSettings

PRETRAINED = Path(__file__).parents[1] / "models"
"""Folder of the weights, in the package."""

KINDS: dict[str, SimulatorKind] = {"nuclei": "nuclei", "rods": "microvilli"}
"""The objects that each model was trained on, by the name of the model."""


def pretrained_weights(name: str) -> Path:
    """Return the file with the weights of a ready-made model.

    Parameters
    ----------
    name : str
        ``nuclei`` or ``rods``.

    Raises
    ------
    AsistError
        There is no model of that name.
    """
    if name not in KINDS:
        raise AsistError(
            f"There is no ready-made model {name}; choose {' or '.join(KINDS)}."
        )
    return PRETRAINED / f"{name}.safetensors"


def name_of(weights: Path) -> str | None:
    """Return the name of a ready-made model, or None for any other file."""
    return weights.stem if weights in map(pretrained_weights, KINDS) else None


def ready_start(kind: SimulatorKind, settings: "DepthSettings") -> Path | None:
    """Return the model from which the training for some objects can start, if any.

    Parameters
    ----------
    kind : str
        The simulator for the objects.
    settings : DepthSettings
        The network to train; a model with other sizes cannot be used.
    """
    from napari_asist.depth.maps import load_depth_model

    name = next((name for name, one in KINDS.items() if one == kind), None)
    if name is None or settings.start == "scratch":
        return None
    weights = pretrained_weights(name)
    made = load_depth_model(weights, "cpu").settings
    fits = (made.channels, made.context) == (settings.channels, settings.context)
    return weights if fits else None


def model_for(kind: SimulatorKind) -> str:
    """Return the name of the ready-made model for the objects of a simulator.

    Raises
    ------
    AsistError
        There is none.
    """
    for name, trained_on in KINDS.items():
        if trained_on == kind:
            return name
    raise AsistError(
        f"There is no ready-made model for {simulator_model(kind).noun}; "
        "train one with napari-asist run."
    )
