"""What the virtual microscope is told of the thin processes of cells."""

from typing import Self

from pydantic import Field, model_validator

from napari_asist.settings import Settings
from napari_asist.simulation.video_settings import PX


class ProcessSettings(Settings):
    """Thin tails at the ends of objects, which shine but have no label."""

    chance: float = Field(
        0,
        ge=0,
        le=1,
        description="Probability that an end of an object has a process; 0 for none.",
    )
    length_min: float = Field(
        5,
        gt=0,
        le=500,
        description="Length of the shortest.",
        json_schema_extra=PX,
    )
    length_max: float = Field(
        30,
        gt=0,
        le=500,
        description="Length of the longest; all between are as likely.",
        json_schema_extra=PX,
    )
    thickness: float = Field(
        1.5,
        gt=0.2,
        le=50,
        description="Standard deviation across a process, where it begins.",
        json_schema_extra=PX,
    )
    brightness: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Light at its beginning, as a part of the object's own; it fades "
        "to the tip.",
    )
    bend: float = Field(
        0.4,
        ge=0,
        le=3,
        description="Standard deviation of the angle by which a process turns from "
        "its beginning to its tip.",
        json_schema_extra={"unit": "rad"},
    )

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        if self.length_min > self.length_max:
            raise ValueError(
                f"length_min = {self.length_min:g}: it is at most length_max "
                f"({self.length_max:g})"
            )
        return self
