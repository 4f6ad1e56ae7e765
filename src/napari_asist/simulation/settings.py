"""The settings of all simulators, and the lookup of a simulator by its kind."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, SerializeAsAny
from pydantic_core import PydanticCustomError

from napari_asist.errors import AsistError
from napari_asist.simulation.microvilli_settings import MicrovilliSettings
from napari_asist.simulation.nuclei_settings import NucleiSettings
from napari_asist.simulation.video_settings import BrightnessSettings, VideoSettings

__all__ = [
    "BrightnessSettings",
    "MicrovilliSettings",
    "NucleiSettings",
    "SimulatorKind",
    "SimulatorSettings",
    "VideoSettings",
    "current_kind",
    "kinds_in_words",
    "simulator_model",
    "simulators",
    "with_current_kinds",
]

KIND_KEYS = ("kind", "simulator")
"""The keys under which recipes and records store the kind of a simulator."""


def simulators() -> dict[str, type[VideoSettings]]:
    """Return the settings models of all simulators by kind, sorted by noun."""
    by_noun = sorted(VideoSettings.kinds.values(), key=lambda model: model.noun)
    return {model.model_fields["kind"].default: model for model in by_noun}


def kinds_in_words() -> str:
    """Return a list of all kinds, and what they simulate, for use in a sentence."""
    *others, last = (
        kind if kind == model.noun else f"{kind} ({model.noun})"
        for kind, model in simulators().items()
    )
    return f"{', '.join(others)} or {last}"


def current_kind(kind: str) -> str:
    """Return the kind for a simulator's name in an earlier version; keep others."""
    return next(
        (
            name
            for name, model in VideoSettings.kinds.items()
            if kind in model.former_kinds
        ),
        kind,
    )


def simulator_model(kind: str) -> type[VideoSettings]:
    """Return the settings model of a simulator, by its current or an earlier name.

    Parameters
    ----------
    kind : str

    Raises
    ------
    AsistError
        If there is no such simulator.
    """
    try:
        return simulators()[current_kind(kind)]
    except KeyError:
        raise AsistError(
            f"There is no simulator {kind!r}; choose {kinds_in_words()}."
        ) from None


def with_current_kinds(record: Any) -> Any:
    """Return plain data from disk with simulators renamed to their current kinds."""
    if not isinstance(record, Mapping):
        return record
    return {
        key: current_kind(value)
        if key in KIND_KEYS and isinstance(value, str)
        else with_current_kinds(value)
        for key, value in record.items()
    }


def _known_kind(kind: Any) -> str:
    current = current_kind(kind)
    if not isinstance(kind, str) or current not in VideoSettings.kinds:
        raise PydanticCustomError(
            "unknown_simulator",
            "there is no simulator {kind}; choose {kinds}",
            {"kind": repr(kind), "kinds": kinds_in_words()},
        )
    return current


def _of_its_kind(value: Any) -> VideoSettings:
    if isinstance(value, VideoSettings):
        return value
    if not isinstance(value, Mapping):
        raise PydanticCustomError(
            "no_settings", "specify the settings of a simulator, including its kind"
        )
    return VideoSettings.kinds[_known_kind(value.get("kind"))].model_validate(value)


SimulatorKind = Annotated[str, AfterValidator(_known_kind)]
"""The name of a simulator in recipes and commands."""

SimulatorSettings = Annotated[
    SerializeAsAny[VideoSettings], PlainValidator(_of_its_kind)
]
"""A field that accepts the settings of any simulator, including custom ones."""
