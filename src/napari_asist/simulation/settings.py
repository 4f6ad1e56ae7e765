"""What the simulators are told: one model of settings for each kind of object."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic.config import JsonDict

from napari_asist.settings import Settings

PX: JsonDict = {"unit": "px"}
DEGREES: JsonDict = {"unit": "degrees"}
COUNTS: JsonDict = {"unit": "counts"}

RIM = (
    "Extra field simulated on each side and cut off, so that objects drift in and out; "
    "each such visit is a track of its own, beside those asked for. With 0, the "
    "centers of nuclei stay in the field."
)

LOOSEST_PACKING = 0.5
"""Discs dropped at random jam when they cover 0.547 of the plane (Feder, Journal of
Theoretical Biology 87, 1980); a little room is left for them to move."""


class BrightnessSettings(Settings):
    """How bright the objects are."""

    quantiles: tuple[float, ...] = Field(
        (12, 40, 80, 130, 180, 240, 300, 380, 480, 640, 1100),
        min_length=2,
        description="Evenly spaced quantiles (of 11: the 0, 10, … 100 %) of the "
        "objects' mean intensity over the background, down to the dimmest.",
        json_schema_extra=COUNTS,
    )

    @field_validator("quantiles")
    @classmethod
    def _ascend_from_above_zero(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if values[0] <= 0:
            raise ValueError("an object is brighter than 0; raise the first quantile")
        if list(values) != sorted(values):
            raise ValueError("quantiles ascend; sort them")
        return values


class VideoSettings(Settings):
    """What all simulators are told; each video has a seed of its own."""

    videos: int = Field(1, ge=1, le=1000, description="Videos to simulate.")
    frames: int = Field(
        50,
        ge=1,
        le=10_000,
        description="Frames of a video.",
        json_schema_extra={"unit": "frames"},
    )
    height: int = Field(
        512, ge=16, le=8192, description="Height of a frame.", json_schema_extra=PX
    )
    width: int = Field(
        512, ge=16, le=8192, description="Width of a frame.", json_schema_extra=PX
    )
    objects: int = Field(
        100, ge=1, le=20_000, description="Objects to be seen in the first frame."
    )
    rim: int = Field(
        19,
        ge=0,
        le=512,
        description=RIM,
        json_schema_extra=PX,
    )
    persistence: float = Field(
        0,
        ge=0,
        le=0.99,
        description="Correlation of an object's moves in successive frames; 0 draws "
        "each move anew, near 1 objects go almost straight on.",
    )
    clustering: float = Field(
        0,
        ge=0,
        le=3,
        description="Standard deviation of the natural logarithm of the density at "
        "which objects are placed; 0 places them evenly, 1 in clear clusters.",
    )
    cluster_size: float = Field(
        40,
        ge=4,
        le=2000,
        description="Sigma of the Gaussian that smooths the density; a cluster is a "
        "few of it wide.",
        json_schema_extra=PX,
    )
    brightness: BrightnessSettings = Field(
        BrightnessSettings(), description="Brightness of the objects."
    )

    @property
    def field(self) -> tuple[int, int]:
        """Height and width of a frame."""
        return self.height, self.width


class HelaSettings(VideoSettings):
    """Cell nuclei: circles or ellipses that wander, grow, divide, come and go.

    Rules and counts are those of the ASIST paper, section II.B.2-b. It gives no
    sizes and no distance per frame: these defaults suit HeLa nuclei at
    0.645 µm/px and one frame in 30 minutes.
    """

    kind: Literal["hela"] = "hela"
    videos: int = Field(10, ge=1, le=1000, description="Videos to simulate.")
    rim: int = Field(
        0,
        ge=0,
        le=512,
        description=RIM,
        json_schema_extra=PX,
    )
    objects: int = Field(
        150, ge=1, le=20_000, description="Objects to be seen in the first frame."
    )
    appearing: int = Field(
        20, ge=0, description="Objects that appear inside the field of a video."
    )
    disappearing: int = Field(
        20, ge=0, description="Objects that disappear inside the field of a video."
    )
    mitoses: int = Field(5, ge=0, description="Divisions in a video.")
    overlap: float = Field(
        0.7,
        ge=0.1,
        le=2,
        description="Smallest distance of two centres as a part of the distance at "
        "which the outlines touch.",
    )
    radius_mean: float = Field(
        12, ge=2, le=200, description="Mean radius.", json_schema_extra=PX
    )
    radius_sd: float = Field(
        1.5,
        ge=0,
        le=100,
        description="Standard deviation of the radius.",
        json_schema_extra=PX,
    )
    radius_min: float = Field(
        7, ge=2, le=200, description="Smallest radius drawn.", json_schema_extra=PX
    )
    radius_max: float = Field(
        16, ge=2, le=200, description="Largest radius drawn.", json_schema_extra=PX
    )
    radius_change: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Probability that a radius changes by 1 px in a frame.",
    )
    move: float = Field(
        2,
        ge=0,
        le=100,
        description="Largest move of a centre along each axis in a frame; smaller "
        "ones are as likely. With persistence some are larger, but as many pixels in "
        "the root mean square.",
        json_schema_extra=PX,
    )
    elongation: float = Field(
        0,
        ge=0,
        le=1,
        description="Root mean square of the natural logarithm of the aspect ratio; "
        "0 gives circles.",
    )
    turn: float = Field(
        4,
        ge=0,
        le=90,
        description="Standard deviation of an ellipse's turn in a frame.",
        json_schema_extra=DEGREES,
    )
    irregularity: float = Field(
        0,
        ge=0,
        le=0.25,
        description="How far smooth outlines depart from ellipses: a wave that goes "
        "around k times has an amplitude of this over k, as a part of the radius; 0 "
        "gives ellipses, 0.1 suits nuclei.",
    )
    phase_drift: float = Field(
        8,
        ge=0,
        le=90,
        description="Standard deviation of the drift of each wave along an irregular "
        "outline in a frame, in degrees of its phase.",
        json_schema_extra=DEGREES,
    )
    daughter_radius: float = Field(
        0.7,
        ge=0.3,
        le=1,
        description="Radius of a new daughter as a part of its mother's.",
    )
    daughter_distance: float = Field(
        0.7,
        ge=0.3,
        le=2,
        description="Distance of a new daughter from its mother's place as a part of "
        "the mother's radius; kept within 15 %.",
    )
    growth: float = Field(
        0.4,
        ge=0,
        le=10,
        description="Growth of a daughter's radius in a frame until it is full-grown.",
        json_schema_extra=PX,
    )

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if not self.radius_min <= self.radius_mean <= self.radius_max:
            raise ValueError(
                f"radius_mean = {self.radius_mean:g}: it lies between radius_min "
                f"({self.radius_min:g}) and radius_max ({self.radius_max:g})"
            )
        events = self.appearing + self.disappearing + self.mitoses
        if events and self.frames < 2:
            raise ValueError(
                f"frames = {self.frames}: events take at least 2 frames; raise frames "
                "or set appearing, disappearing and mitoses to 0"
            )
        if self.mitoses > self.objects + self.appearing:
            raise ValueError(
                f"mitoses = {self.mitoses}: at most one for each of the "
                f"{self.objects + self.appearing} objects (objects and appearing); "
                "lower mitoses or raise objects"
            )
        everyone = self.objects + self.appearing + self.mitoses
        if self.disappearing > everyone:
            raise ValueError(
                f"disappearing = {self.disappearing}: no more than the {everyone} "
                "objects that ever exist (objects, appearing and mitoses); lower it"
            )
        self._fit()
        return self

    def _fit(self) -> None:
        needed = math.pi * (self.overlap * self.radius_mean) ** 2
        room = LOOSEST_PACKING * self.height * self.width
        most = max(1, int(room / needed))
        gone = self.appearing + self.mitoses
        if self.objects + gone > most:
            raise ValueError(
                f"objects = {self.objects}: with appearing and mitoses there are up "
                f"to {self.objects + gone}, but at most {most} fit in "
                f"{self.height} × {self.width} px; lower objects, radius_mean or "
                "overlap, or raise height and width"
            )


class MicrovilliSettings(VideoSettings):
    """Sticks that shift, turn, and grow or shrink.

    Probabilities, field and counts are those of the ASIST paper, section II.B.2-a.
    It gives no sizes and no heading of a move.
    """

    kind: Literal["microvilli"] = "microvilli"
    videos: int = Field(5, ge=1, le=1000, description="Videos to simulate.")
    overlap: float = Field(
        0,
        ge=0,
        le=2,
        description="Smallest distance of two sticks' axes as a part of the distance "
        "at which their sides touch; 0 lets them cross.",
    )
    outline: Literal["rectangle", "ellipse"] = Field(
        "rectangle", description="Outline of a stick; ellipses suit spindle cells."
    )
    stick_width: float = Field(
        4, ge=1, le=100, description="Mean width.", json_schema_extra=PX
    )
    stick_width_sd: float = Field(
        0.5,
        ge=0,
        le=50,
        description="Standard deviation of the width, which never changes in time.",
        json_schema_extra=PX,
    )
    length_mean: float = Field(
        20, ge=2, le=1000, description="Mean length.", json_schema_extra=PX
    )
    length_sd: float = Field(
        5,
        ge=0,
        le=500,
        description="Standard deviation of the length.",
        json_schema_extra=PX,
    )
    length_min: float = Field(
        4,
        ge=2,
        le=1000,
        description="Length at which a stick stops shrinking.",
        json_schema_extra=PX,
    )
    length_max: float = Field(
        45,
        ge=2,
        le=1000,
        description="Length at which a stick stops growing.",
        json_schema_extra=PX,
    )
    angle_mean: float = Field(
        90,
        ge=0,
        le=180,
        description="Mean direction of the long axis: 0 is along a row, 90 along a "
        "column, 45 from the upper left to the lower right.",
        json_schema_extra=DEGREES,
    )
    angle_spread: float = Field(
        90,
        ge=0,
        le=90,
        description="Standard deviation of the direction; with 90 all directions are "
        "as likely.",
        json_schema_extra=DEGREES,
    )
    translation: float = Field(
        0.5, ge=0, le=1, description="Probability that a stick shifts in a frame."
    )
    step: float = Field(
        1, ge=0, le=100, description="Length of a shift.", json_schema_extra=PX
    )
    motion: Literal["walk", "drift"] = Field(
        "walk",
        description="Whether the heading of a shift is drawn anew each time (random "
        "walk) or once for each object (drift).",
    )
    rotation: float = Field(
        0.5, ge=0, le=1, description="Probability that a stick turns in a frame."
    )
    turn: float = Field(
        1,
        ge=0,
        le=90,
        description="Angle of a turn, to either side.",
        json_schema_extra=DEGREES,
    )
    length_change: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Probability that a length changes by 1 px in a frame. Whether a "
        "stick grows or shrinks is drawn once for its whole life.",
    )

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if not self.length_min <= self.length_mean <= self.length_max:
            raise ValueError(
                f"length_mean = {self.length_mean:g}: it lies between length_min "
                f"({self.length_min:g}) and length_max ({self.length_max:g})"
            )
        if self.stick_width > self.length_mean:
            raise ValueError(
                f"stick_width = {self.stick_width:g}: a stick is no wider than it is "
                f"long; keep it to at most length_mean ({self.length_mean:g})"
            )
        if self.motion == "drift" and self.persistence:
            raise ValueError(
                f"persistence = {self.persistence:g}: drift keeps its heading anyway; "
                "set persistence to 0 or motion to walk"
            )
        needed = self.overlap * self.stick_width * self.length_mean
        room = LOOSEST_PACKING * self.height * self.width
        if self.objects * needed > room:
            raise ValueError(
                f"objects = {self.objects}: at most {int(room / needed)} fit in "
                f"{self.height} × {self.width} px; lower objects, stick_width, "
                "length_mean or overlap, or raise height and width"
            )
        return self


SimulatorSettings = Annotated[
    HelaSettings | MicrovilliSettings, Field(discriminator="kind")
]
