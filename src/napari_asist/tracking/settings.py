"""Settings of tracking from embeddings, with the published values as defaults."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field
from napari_asist.tracking.repair.settings import (
    REPAIR,
    RepairSettings,
)

PUBLISHED_LEVEL = 0.5


class TrackingSettings(RepairSettings):
    """How embeddings become objects and objects become tracks.

    The defaults are those of RSHN for Fluo-N2DL-HeLa (Payer et al., Medical Image
    Analysis 57, 2019, and its code) and of Faster Mean-shift (Zhao et al., Medical
    Image Analysis 71, 2021). For rules that neither has, the description says what the
    rule prevents.
    """

    leading: ClassVar[tuple[str, ...]] = (
        "bandwidth",
        "radius",
        "minimum_size",
        "linker",
        "link_reach",
        "divisions",
        "gap",
        "minimum_length",
    )

    # Windows over time and space
    window: int = Field(
        8,
        ge=1,
        description="Number of frames that are embedded together.",
        unit="frames",
    )
    kept: int = Field(
        2,
        ge=2,
        description="Number of frames at the end of each window whose objects are "
        "clustered together; windows advance by one frame less, so that consecutive "
        "pieces share a frame.",
        unit="frames",
    )
    tile: int = Field(
        0,
        ge=0,
        description="Side of the square tiles that are embedded one by one; 0 embeds "
        "whole frames.",
        unit=STANDARD_PX,
    )
    overlap: int = Field(
        128,
        ge=2,
        description="Width of the strip that neighboring tiles share.",
        unit=STANDARD_PX,
    )

    # Foreground and clustering
    foreground_level: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="How readily a pixel belongs to an object: if the squared cosine "
        "between its embedding and the background's direction is below this. If "
        "null, the level that best outlined synthetic frames after training is used. "
        "The published value is 0.5.",
    )
    ignore_background_axis: bool = Field(
        True,
        description="Cluster without the background's direction, so that the blurred "
        "border of an object resembles its interior.",
    )
    bandwidth: float = Field(
        0.1,
        gt=0,
        lt=0.5,
        description="How different the pixels of one object may be: larger values "
        "merge objects, smaller ones split them. Two embeddings are similar if their "
        "cosine is above 1 minus this.",
    )
    radius: float = Field(
        30.0,
        gt=1,
        description="How far the pixels of an object may be from its center: at "
        "least half the length of the longest object.",
        unit=STANDARD_PX,
    )
    seeds: int = Field(
        128,
        ge=1,
        description="From how many places objects are searched for, at least: mean "
        "shift seeds, spread over the foreground.",
    )
    seed_spacing: float = Field(
        4.0,
        ge=1,
        description="How close together these places (seeds) are, at least: about a "
        "third of an object's width gives each object eight seeds or more.",
        unit=STANDARD_PX,
    )
    shift_rounds: int = Field(
        300,
        ge=1,
        description="How long the search for objects lasts, at most: rounds of one "
        "mean shift.",
    )
    join_bandwidth: float = Field(
        0.01,
        ge=0,
        lt=0.5,
        description="How readily touching parts are joined into one object that is "
        "larger than the radius: if their mean embeddings are this similar; 0 never "
        "joins.",
    )

    # Objects
    minimum_size: int = Field(
        25,
        ge=1,
        description="Smallest object in a frame; smaller parts join the object that "
        "they touch most, or are dropped.",
        unit=STANDARD_PX,
    )
    fill_holes: bool = Field(
        True, description="Fill background enclosed by one object."
    )

    # Linking
    linker: Literal["assignment", "overlap"] = Field(
        "assignment",
        description="How objects are followed from frame to frame: by the assignment "
        "with the lowest cost in overlap, embedding, size and motion, with divisions "
        "that have two daughters on either side of their mother; or only by overlap, "
        "as published.",
    )
    overlap_weight: float = Field(
        1.0,
        ge=0,
        description="How much it counts in following an object that it overlaps its "
        "earlier position.",
    )
    embedding_weight: float = Field(
        1.0,
        ge=0,
        description="How much it counts in following an object that it looks alike "
        "to the network (embeddings).",
    )
    size_weight: float = Field(
        0.5,
        ge=0,
        description="How much it counts in following an object that it keeps its size.",
    )
    motion_weight: float = Field(
        0.5,
        ge=0,
        description="How much it counts in following an object that it is where it "
        "was expected.",
    )
    inertia: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Fraction of its last displacement by which an object is expected "
        "to move again.",
    )
    link_reach: float = Field(
        2.0,
        gt=0,
        description="Maximum distance of an object from its expected position.",
        unit="radii",
    )
    link_cost: float = Field(
        0.7,
        gt=0,
        le=1,
        description="How different an object may become and still be followed: links "
        "that cost more than this are rejected; all costs are from 0 (identical) to "
        "1.",
    )
    link_iou: Annotated[float, REPAIR["link_iou"]] = Field(
        0.25,
        description="How much an object must overlap itself in the next frame, if it "
        "is linked by overlap, and across a gap (intersection over union).",
    )

    # Divisions
    divisions: Annotated[bool, REPAIR["divisions"]] = True
    division_dilation: int = Field(
        3,
        ge=0,
        description="How far around a new track its parent is searched for: its "
        "first mask is dilated by this.",
        unit=STANDARD_PX,
    )
    division_look_back: Annotated[int, REPAIR["division_look_back"]] = Field(
        2,
        description="Number of frames before a new track's first one in which its "
        "parent is searched for.",
    )
    division_iou: float = Field(
        0.01,
        ge=0,
        lt=1,
        description="How much the dilated first mask must overlap the parent "
        "(intersection over union).",
    )

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        names = set(super().ignored())
        if not self.tile:
            names.add("overlap")
        if self.linker == "overlap":
            names |= {"embedding_weight", "size_weight", "motion_weight"}
            names |= {"overlap_weight", "inertia", "link_reach", "link_cost"}
        return frozenset(names)

    @property
    def level(self) -> float:
        """The foreground level, or the published one if none was chosen."""
        chosen = self.foreground_level
        return PUBLISHED_LEVEL if chosen is None else chosen

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.window > 1 and self.kept > self.window:
            raise ValueError("kept must not exceed window")
        if self.tile and self.overlap >= self.tile:
            raise ValueError("overlap must be smaller than tile")
        return self
