"""What the virtual microscope is told of debris."""

from typing import Self

from pydantic import Field, model_validator

from napari_asist.settings import Settings
from napari_asist.simulation.video_settings import COUNTS

LARGEST = 0.4
"""Of the objects' radius, so that a speck has at most a sixth of their area. Specks as
large and dim as objects would teach networks to ignore dim objects."""


class DebrisSettings(Settings):
    """How many specks there are, and how they look and move."""

    density: float = Field(
        0,
        ge=0,
        le=50,
        description="Specks in a frame; 0 for none.",
        json_schema_extra={"unit": "specks/(100 px)²"},
    )
    radius_min: float = Field(
        0.08,
        gt=0,
        le=LARGEST,
        description="Radius of the smallest, as a part of the objects' median radius.",
    )
    radius_max: float = Field(
        0.25,
        gt=0,
        le=LARGEST,
        description="Radius of the largest, as a part of the objects' median radius. "
        "Its bound keeps debris from looking like dim objects.",
    )
    brightness_min: float = Field(
        30,
        gt=0,
        le=50_000,
        description="Intensity of the dimmest over the background, before the blur.",
        json_schema_extra=COUNTS,
    )
    brightness_max: float = Field(
        300,
        gt=0,
        le=50_000,
        description="Intensity of the brightest over the background, before the blur; "
        "the logarithm is even between the two.",
        json_schema_extra=COUNTS,
    )
    rings: float = Field(
        0,
        ge=0,
        le=1,
        description="Part of the specks that lie out of focus and show as rings.",
    )
    ring_radius: float = Field(
        0.8,
        ge=0.1,
        le=3,
        description="Radius of the largest ring, as a part of the objects' median "
        "radius; the smallest has half of it.",
    )
    drift: float = Field(
        0.5,
        ge=0,
        le=50,
        description="Standard deviation of a speck's move along each axis in a frame; "
        "0 leaves it where it is.",
        json_schema_extra={"unit": "px"},
    )
    renewal: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Probability that a speck is gone in the next frame, and another "
        "somewhere else.",
    )

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        for name in ("radius", "brightness"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low > high:
                raise ValueError(
                    f"{name}_min = {low:g}: it is at most {name}_max ({high:g})"
                )
        return self
