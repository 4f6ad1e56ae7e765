"""Settings of the microvilli simulator."""

import math
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from napari_asist.settings import Field
from napari_asist.simulation.shapes import AnyShape, Rectangle
from napari_asist.simulation.video_settings import (
    LOOSEST_PACKING,
    STICK_SADDLE,
    VideoSettings,
)


class MicrovilliSettings(VideoSettings):
    """Sticks that shift, turn, and grow or shrink.

    Probabilities, field and counts are those of the ASIST paper, section II.B.2-a. It
    gives no sizes and no direction of motion.
    """

    noun: ClassVar[str] = "sticks"
    appearance: ClassVar[str] = "elongated, like rod-shaped cells and microvilli"
    elongated: ClassVar[bool] = True
    saddle: ClassVar[float] = STICK_SADDLE
    stacked: ClassVar[bool] = True
    leading: ClassVar[tuple[str, ...]] = (
        "objects",
        "length_mean",
        "length_sd",
        "stick_width",
        "step",
        "translation",
        "rotation",
        "mitoses",
        "brightness",
        "touching",
        "frames",
        "videos",
    )

    kind: Literal["microvilli"] = "microvilli"
    videos: int = Field(5, ge=1, le=1000, description="Number of videos to simulate.")
    overlap: float = Field(
        0,
        ge=0,
        le=2,
        description="How close sticks may come: 0 lets them cross, 1 lets their "
        "sides touch. It is the smallest distance between two sticks' axes, as a "
        "fraction of the distance at which their sides touch.",
    )
    shape: AnyShape = Field(
        Rectangle(),
        description="Outline: rectangle, ellipse, spindle (tapered and bent, like "
        "cells in phase contrast), star or a custom shape.",
    )
    stick_width: float = Field(
        4, ge=1, le=100, description="Mean width of the sticks.", unit="px"
    )
    stick_width_sd: float = Field(
        0.5,
        ge=0,
        le=50,
        description="How much the width varies among sticks (standard deviation); "
        "each stick's width is constant over time.",
        unit="px",
    )
    length_mean: float = Field(
        20, ge=2, le=1000, description="Mean length of the sticks.", unit="px"
    )
    length_sd: float = Field(
        5,
        ge=0,
        le=500,
        description="How much the length varies among sticks (standard deviation).",
        unit="px",
    )
    length_min: float = Field(
        4,
        ge=2,
        le=1000,
        description="Length at which a stick stops shrinking.",
        unit="px",
    )
    length_max: float = Field(
        45,
        ge=2,
        le=1000,
        description="Length at which a stick stops growing.",
        unit="px",
    )
    angle_mean: float = Field(
        90,
        ge=0,
        le=180,
        description="Mean direction of the long axis: 0 is horizontal, 90 vertical, "
        "45 from the upper left to the lower right.",
        unit="degrees",
    )
    angle_spread: float = Field(
        90,
        ge=0,
        le=90,
        description="How much directions vary (standard deviation); at 90, all "
        "directions are equally likely.",
        unit="degrees",
    )
    translation: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How often a stick shifts: its probability per frame.",
    )
    step: float = Field(
        1, ge=0, le=100, description="How far a stick moves when it shifts.", unit="px"
    )
    motion: Literal["walk", "drift"] = Field(
        "walk",
        description="Whether the direction of a shift is drawn each time (random walk) "
        "or once per object (drift).",
    )
    rotation: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How often a stick turns: its probability per frame.",
    )
    turn: float = Field(
        1,
        ge=0,
        le=90,
        description="Angle of a turn, in either direction.",
        unit="degrees",
    )
    length_change: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How often a stick's length changes by 1 px: the probability per "
        "frame. Whether a stick grows or shrinks is drawn once for its lifetime.",
        unit="px/frame",
    )

    touching: float = Field(
        0,
        ge=0,
        le=1,
        description="Fraction of the sticks that are placed in contact with another "
        "one, side by side or end to end, and nearly parallel.",
    )
    alignment: float = Field(
        0,
        ge=0,
        le=1,
        description="How parallel neighbors are, over about a cluster_size: 0 draws "
        "each direction independently, 1 follows a smooth field of directions.",
    )
    mitoses: int = Field(
        0,
        ge=0,
        le=20_000,
        description="Number of sticks that divide crosswise, each into two that are "
        "in line.",
    )
    growth: float = Field(
        2,
        ge=0,
        le=100,
        description="How fast daughters grow until they are as long as their mother "
        "was.",
        unit="px/frame",
    )
    rounding: float = Field(
        0,
        ge=0,
        le=1,
        description="How round a stick becomes before it divides: 0 keeps its shape, "
        "as rods do, 1 is a disc of the same area. Most cells round up.",
    )

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        names = set(super().ignored())
        if not self.mitoses:
            names |= {"growth", "rounding"}
        if self.motion == "drift":
            names.add("persistence")
        return frozenset(names)

    @property
    def typical_area(self) -> float:
        """Area of a typical stick, in px²."""
        return math.pi / 4 * self.stick_width * self.length_mean

    @property
    def smallest_area(self) -> float:
        """Area of a stick of the least length, in px²."""
        return math.pi / 4 * self.stick_width * self.length_min

    def events_times(self, factor: float, objects: int) -> dict[str, int]:
        """Return the number of divisions for videos with more or fewer of them."""
        # Fresh scenes show divisions if there is at least one.
        divisions = max(round(self.mitoses * factor), min(self.mitoses, 1))
        return {"mitoses": min(divisions, objects // 2)}

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if not self.length_min <= self.length_mean <= self.length_max:
            raise ValueError(
                f"length_mean = {self.length_mean:g}: it must be between length_min "
                f"({self.length_min:g}) and length_max ({self.length_max:g})"
            )
        if self.stick_width > self.length_mean:
            raise ValueError(
                f"stick_width = {self.stick_width:g}: a stick cannot be wider than "
                f"long; set it to at most length_mean ({self.length_mean:g})"
            )
        if self.motion == "drift" and self.persistence:
            raise ValueError(
                f"persistence = {self.persistence:g}: drift always keeps its "
                "direction; set persistence to 0 or motion to walk"
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
