"""Settings of the tracking: every rule and number of it, published values first."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Settings

PIXELS: JsonDict = {"unit": STANDARD_PX}
FRAMES: JsonDict = {"unit": "frames"}
PUBLISHED_LEVEL = 0.5


class TrackingSettings(Settings):
    """How embeddings become objects and objects become tracks.

    The defaults are those of RSHN for Fluo-N2DL-HeLa (Payer et al., Medical Image
    Analysis 57, 2019, and its code) and of Faster Mean-shift (Zhao et al., Medical
    Image Analysis 71, 2021). Where neither has a rule, the description says what the
    rule guards against.
    """

    # Windows over time and space
    window: int = Field(
        8,
        ge=1,
        description="Frames that are embedded together.",
        json_schema_extra=FRAMES,
    )
    kept: int = Field(
        2,
        ge=2,
        description="Last frames of each window whose objects are clustered together; "
        "windows advance by one frame less, so that consecutive pieces share a frame.",
        json_schema_extra=FRAMES,
    )
    tile: int = Field(
        0,
        ge=0,
        description="Side of the square tiles that are embedded one by one; 0 embeds "
        "whole frames.",
        json_schema_extra=PIXELS,
    )
    overlap: int = Field(
        128,
        ge=2,
        description="Width of the strip that neighbouring tiles share.",
        json_schema_extra=PIXELS,
    )

    # Foreground and clustering
    foreground_level: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="A pixel is foreground when the squared cosine between its "
        "embedding and the background's direction is below this; null takes the level "
        "that outlined synthetic frames best after training. Published is 0.5.",
    )
    ignore_background_axis: bool = Field(
        True,
        description="Cluster without the background's direction, so that the blurred "
        "border of an object looks like its inside.",
    )
    bandwidth: float = Field(
        0.1,
        gt=0,
        lt=0.5,
        description="Two embeddings are alike when their cosine is above 1 minus this.",
    )
    radius: float = Field(
        30.0,
        gt=1,
        description="Pixels join a cluster when they are also within this distance of "
        "its centre; at least half the length of the longest object.",
        json_schema_extra=PIXELS,
    )
    seeds: int = Field(
        128,
        ge=1,
        description="Least number of mean shift seeds, spread over the foreground.",
    )
    seed_spacing: float = Field(
        4.0,
        ge=1,
        description="Largest distance between neighbouring seeds: about a third of an "
        "object's width gives each object eight seeds or more.",
        json_schema_extra=PIXELS,
    )
    shift_rounds: int = Field(300, ge=1, description="Most rounds of one mean shift.")
    join_bandwidth: float = Field(
        0.01,
        ge=0,
        lt=0.5,
        description="Touching parts whose mean embeddings are this much alike are one "
        "object, larger than the radius; 0 never joins.",
    )

    # Objects
    minimum_size: int = Field(
        25,
        ge=1,
        description="Smallest object in a frame; smaller parts join the object that "
        "they touch most or are dropped.",
        json_schema_extra=PIXELS,
    )
    fill_holes: bool = Field(True, description="Fill background inside one object.")

    # Linking
    linker: Literal["assignment", "overlap"] = Field(
        "assignment",
        description="Link frames by the cheapest assignment over overlap, embedding, "
        "size and motion, with divisions that have two daughters on either side of "
        "their mother; or by overlap alone, as published.",
    )
    overlap_weight: float = Field(
        1.0, ge=0, description="Weight of the overlap in the cost of a link."
    )
    embedding_weight: float = Field(
        1.0, ge=0, description="Weight of the embeddings' distance in that cost."
    )
    size_weight: float = Field(
        0.5, ge=0, description="Weight of the change in area in that cost."
    )
    motion_weight: float = Field(
        0.5, ge=0, description="Weight of the way from the expected place in that cost."
    )
    inertia: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Part of its last step by which an object is expected to move on.",
    )
    link_reach: float = Field(
        2.0,
        gt=0,
        description="Farthest that an object may be from its expected place.",
        json_schema_extra={"unit": "radii"},
    )
    link_cost: float = Field(
        0.7,
        gt=0,
        le=1,
        description="Links that cost more than this are refused; all costs are from 0 "
        "(alike) to 1.",
    )
    link_iou: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="Least intersection over union of a link by overlap, and of the "
        "two ends of a gap.",
    )

    # Repair
    gap: int = Field(
        2,
        ge=0,
        description="Most frames for which an object may be missed; the gap is filled.",
        json_schema_extra=FRAMES,
    )
    split_length: int = Field(
        10,
        ge=0,
        description="A track of at most this length whose place belongs to one other "
        "track before and after is a false split and joins it.",
        json_schema_extra=FRAMES,
    )
    split_overlap: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="Part of a false split's mask that the other track covers in the "
        "frame before and in the frame after.",
    )
    minimum_length: int = Field(
        2,
        ge=1,
        description="Shorter tracks without parent and children are dropped.",
        json_schema_extra=FRAMES,
    )
    margin: int = Field(
        0,
        ge=0,
        description="Tracks that stay within this distance of the frame's edge are "
        "dropped, as the challenge asks for (25 px for HeLa).",
        json_schema_extra=PIXELS,
    )

    # Divisions
    divisions: bool = Field(True, description="Look for the parents of new tracks.")
    division_dilation: int = Field(
        3,
        ge=0,
        description="A new track's first mask grows by this to meet its parent.",
        json_schema_extra=PIXELS,
    )
    division_look_back: int = Field(
        2,
        ge=1,
        description="Frames before a new track's first in which its parent is sought.",
        json_schema_extra=FRAMES,
    )
    division_iou: float = Field(
        0.01,
        ge=0,
        lt=1,
        description="Least intersection over union of the grown first mask and the "
        "parent.",
    )
    division_area_low: float = Field(
        0.3,
        ge=0,
        description="Least sum of the two children's areas, in smallest areas of the "
        "parent while looking back, for chromosomes fill a third of a nucleus; 0 has "
        "no bound, as published.",
    )
    division_area_high: float = Field(
        1.6,
        gt=0,
        description="Largest sum of the two children's areas, in largest areas of the "
        "parent while looking back; it refuses a cell that merely appears beside "
        "another.",
    )
    division_balance: float = Field(
        0.4,
        ge=0,
        le=1,
        description="Least area of the smaller child over the larger one's; it refuses "
        "a fragment that comes off an object.",
    )

    division_reach: float = Field(
        2.5,
        gt=0,
        description="Farthest that a daughter may be from her mother's centre.",
        json_schema_extra={"unit": "radii"},
    )
    division_middle: float = Field(
        0.35,
        ge=0,
        le=0.5,
        description="Farthest that the mother's centre may be from the middle of her "
        "daughters, as a part of their distance; at 0.5 one of them may lie in her "
        "place.",
    )
    division_shared: float = Field(
        0.7,
        gt=0,
        le=1,
        description="Largest Jaccard index of the mother with both daughters together; "
        "above, they are one object that was cut in two.",
    )
    division_length: int = Field(
        2,
        ge=1,
        description="Frames that a child must live, unless the video ends before.",
        json_schema_extra=FRAMES,
    )

    @property
    def level(self) -> float:
        """The foreground level, the published one where none was chosen."""
        chosen = self.foreground_level
        return PUBLISHED_LEVEL if chosen is None else chosen

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.window > 1 and self.kept > self.window:
            raise ValueError("kept must not exceed window")
        if self.tile and self.overlap >= self.tile:
            raise ValueError("overlap must be smaller than tile")
        if self.division_area_low >= self.division_area_high:
            raise ValueError("division_area_low must be below division_area_high")
        return self
