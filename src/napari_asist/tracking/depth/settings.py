"""Settings of tracking with the depth engine, from a network's maps to tracks.

Lengths are in radii of a typical object, areas in areas of a typical object, and
intensities in standard deviations of the background's noise, so that one set of numbers
suits every magnification and camera.
"""

from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from napari_asist.settings import Field
from napari_asist.tracking.repair.settings import (
    REPAIR,
    RepairSettings,
)


class DepthTrackingSettings(RepairSettings):
    """How foreground and depth become objects, and objects become tracks."""

    leading: ClassVar[tuple[str, ...]] = (
        "foreground_level",
        "saddle",
        "smallest",
        "evidence",
        "link_reach",
        "divisions",
        "gap",
        "minimum_length",
    )

    # Objects
    foreground_level: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="How sure the network must be that a pixel belongs to an object: "
        "lower values find more and larger objects.",
    )
    smoothing: float = Field(
        0.08,
        ge=0,
        le=1,
        description="How much the network's depth is smoothed before objects are "
        "separated (sigma of a Gaussian).",
        unit="radii",
    )
    saddle: float = Field(
        0.25,
        ge=0,
        le=1,
        description="How readily objects are separated: lower values separate more. "
        "Two depth maxima are one object if the path between them drops less than "
        "this below the lower one; the depth is 1 in the center of an object and 0 "
        "at its border.",
    )
    least_depth: float = Field(
        0.15,
        ge=0,
        lt=1,
        description="How flat a separate object may be: a depth maximum below this "
        "is none.",
    )
    smallest: float = Field(
        0.075,
        ge=0,
        le=1,
        description="Smallest object.",
        unit="typical areas",
    )
    smallest_at_edge: float = Field(
        0.04,
        ge=0,
        le=1,
        description="Smallest object at the edge of the frame.",
        unit="typical areas",
    )
    loose_reach: float = Field(
        0.23,
        ge=0,
        le=2,
        description="How far loose pixels may be from the object that they join.",
        unit="radii",
    )
    fill_holes: bool = Field(
        True, description="Fill background enclosed by one object."
    )

    # Evidence
    ring_from: float = Field(
        0.15,
        ge=0,
        le=2,
        description="The surroundings with which an object is compared start at this "
        "distance from its outline.",
        unit="radii",
    )
    ring_to: float = Field(
        0.4,
        gt=0,
        le=4,
        description="The surroundings end at this distance from the outline.",
        unit="radii",
    )
    least_contrast: float = Field(
        0.7,
        description="How much brighter than its surroundings an object must be, or "
        "it is dropped; a large negative number keeps all, as needed for dark or "
        "hollow objects.",
        unit="noise deviations",
    )
    clear_contrast: float = Field(
        15.0,
        gt=0,
        description="An object this much above its surroundings is perfectly clear; "
        "if the background is uneven at the scale of an object, its unevenness is "
        "added.",
        unit="noise deviations",
    )
    clear_foreground: float = Field(
        0.9,
        gt=0,
        lt=1,
        description="An object with at least this mean foreground probability is "
        "perfectly clear.",
    )
    clear_depth: float = Field(
        0.6,
        gt=0,
        le=1,
        description="An object with at least this largest depth is perfectly clear.",
    )
    clear_roundness: float = Field(
        0.5,
        gt=0,
        le=1,
        description="An object with an outline at least this round is perfectly "
        "clear: 4 π area over the squared length of the outline, 1 for a disc, less "
        "for a ragged outline. Low values suit rods.",
    )
    evidence: float = Field(
        0.95,
        ge=0,
        lt=1,
        description="How sure a track must be to be kept: the probability that at "
        "least one of its frames shows an object; one in a single frame must be "
        "clear, while a long track may be faint. 0 keeps all.",
    )

    # Linking
    way_weight: float = Field(
        1.0,
        ge=0,
        description="How much it counts in following an object that it is near.",
    )
    overlap_weight: float = Field(
        0.6,
        ge=0,
        description="How much it counts in following an object that it overlaps its "
        "earlier position.",
    )
    offset_weight: float = Field(
        0.6,
        ge=0,
        description="How much it counts in following an object where the network "
        "says that it came from: the fraction of an object's pixels that it traces "
        "back to the earlier object.",
    )
    size_weight: float = Field(
        0.8,
        ge=0,
        description="How much it counts in following an object that it keeps its size.",
    )
    link_reach: float = Field(
        2.0,
        gt=0,
        le=20,
        description="How far an object moves from one frame to the next, at most.",
        unit="radii",
    )
    link_iou: Annotated[float, REPAIR["link_iou"]] = Field(
        0.3,
        description="An object may have moved farther if its overlap with the earlier "
        "one (intersection over union) is above this; also the minimum overlap of the "
        "two ends of a gap.",
    )
    link_traced: float = Field(
        0.5,
        ge=0,
        le=1,
        description="An object may also have moved farther if the network traces more "
        "than this fraction of its pixels back to the earlier one.",
    )
    link_cost: float = Field(
        0.8,
        gt=0,
        le=1,
        description="How different an object may become and still be followed: links "
        "that cost more than this are rejected; all costs are from 0 (identical) to "
        "1.",
    )

    # Objects that merge temporarily
    cut_forwards: bool = Field(
        True, description="Cut an object in which two tracks merge."
    )
    cut_backwards: bool = Field(
        True,
        description="Cut an object from which two tracks emerge, if it did not "
        "divide: for videos in which objects often merge.",
    )
    cut_history: int = Field(
        4,
        ge=1,
        description="Number of frames for which a track must have existed to cut a "
        "later object.",
        unit="frames",
    )
    cut_patience: float = Field(
        4.0,
        gt=0,
        description="Number of consecutive frames in which a track may cut objects, "
        "per frame in which it was a separate object. This ends tracks that were only "
        "ever a piece of another one.",
    )
    cut_future: int = Field(
        8,
        ge=1,
        description="Number of frames for which a track must exist to cut an earlier "
        "object.",
        unit="frames",
    )
    cut_area: float = Field(
        0.15,
        ge=0,
        le=1,
        description="Smallest area of a track that cuts an object.",
        unit="typical areas",
    )
    cut_shared: float = Field(
        0.15,
        ge=0,
        le=1,
        description="Minimum fraction of the track's area that the object must cover.",
    )
    cut_sum: float = Field(
        0.85,
        ge=0,
        le=2,
        description="Minimum area of the object, relative to the sum of the areas of "
        "the tracks into which it is cut.",
    )

    # Repair
    gap: Annotated[int, REPAIR["gap"]] = 0
    minimum_length: Annotated[int, REPAIR["minimum_length"]] = 1
    small_track: float = Field(
        0.18,
        ge=0,
        le=1,
        description="Short tracks without parent and children whose mean area is "
        "below this are dropped: fragments and debris.",
        unit="typical areas",
    )
    small_track_length: int = Field(
        15,
        ge=0,
        description="Longest track that is dropped because of its small mean area.",
        unit="frames",
    )
    smallest_track: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Tracks of any length without parent and children that never reach "
        "this area and never touch the edge of the frame are dropped; by default, 0.8 "
        "times that of the smallest simulated object, at most 0.5.",
        unit="typical areas",
    )
    margin: Annotated[int, REPAIR["margin"]] = Field(0, unit="px")
    margin_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="A track counts as outside the field if no more than this "
        "fraction of it is inside the margin.",
    )

    # Divisions
    division_balance: Annotated[float, REPAIR["division_balance"]] = 0.5
    division_middle: Annotated[float, REPAIR["division_middle"]] = 0.4

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.ring_from >= self.ring_to:
            raise ValueError("ring_from must be below ring_to")
        weights = (
            self.way_weight,
            self.overlap_weight,
            self.offset_weight,
            self.size_weight,
        )
        if not sum(weights):
            raise ValueError("at least one weight of a link must be above 0")
        return self
