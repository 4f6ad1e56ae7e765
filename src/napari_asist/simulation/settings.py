"""The settings of all simulators, and the lookup of a simulator by its kind."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, SerializeAsAny
from pydantic_core import PydanticCustomError

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
    "kinds_in_words",
    "simulators",
]


def simulators() -> dict[str, type[VideoSettings]]:
    """Return the settings models of all simulators by kind, in the order of nouns."""
    by_noun = sorted(VideoSettings.kinds.values(), key=lambda model: model.noun)
    return {model.model_fields["kind"].default: model for model in by_noun}


def kinds_in_words() -> str:
    """Return the kinds of all simulators for a sentence, with what they simulate."""
    return " or ".join(
        kind if kind == model.noun else f"{kind} ({model.noun})"
        for kind, model in simulators().items()
    )


def _known_kind(kind: Any) -> str:
    if not isinstance(kind, str) or kind not in VideoSettings.kinds:
        raise PydanticCustomError(
            "unknown_simulator",
            "there is no simulator {kind}; choose {kinds}",
            {"kind": repr(kind), "kinds": kinds_in_words()},
        )
    return kind


def _of_its_kind(value: Any) -> VideoSettings:
    if isinstance(value, VideoSettings):
        return value
    if not isinstance(value, Mapping):
        raise PydanticCustomError(
            "no_settings", "give the settings of a simulator, with its kind"
        )
    return VideoSettings.kinds[_known_kind(value.get("kind"))].model_validate(value)


SimulatorKind = Annotated[str, AfterValidator(_known_kind)]
"""The name of a simulator in recipes and commands."""

SimulatorSettings = Annotated[
    SerializeAsAny[VideoSettings], PlainValidator(_of_its_kind)
]
"""A field that accepts the settings of any simulator, also those of a custom one."""
