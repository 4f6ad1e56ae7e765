"""The ready-made models that come with the package."""

from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.simulation.settings import SimulatorKind, simulator_model

PRETRAINED = Path(__file__).parents[1] / "models"
"""Folder of the weights, in the package."""

KINDS: dict[str, SimulatorKind] = {"nuclei": "nuclei"}
"""The objects that each model was trained on, by the name of the model."""


def pretrained_weights(name: str) -> Path:
    """Return the file with the weights of a ready-made model.

    Parameters
    ----------
    name : str
        ``nuclei``.

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
