"""Settings for repairing tracks and finding divisions, shared by both engines."""

from collections.abc import Iterable
from typing import Any, Self

from pydantic import model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field, Settings


class RepairSettings(Settings):
    """Settings for repairing tracks and finding parents of new tracks.

    An engine's settings derive from these. A field that they redeclare, with ``name:
    Annotated[type, REPAIR["name"]] = ...``, keeps its bounds and description, except
    for those that are redeclared, and moves to that position.
    """

    # Repair
    link_iou: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="How much the two ends of a gap must overlap (intersection over "
        "union).",
    )
    gap: int = Field(
        2,
        ge=0,
        description="Longest gap of a missed object that is filled.",
        unit="frames",
    )
    split_length: int = Field(
        10,
        ge=0,
        description="A track of at most this length whose position belongs to the "
        "same other track before and after is a false split and is merged into it.",
        unit="frames",
    )
    split_overlap: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="Fraction of a false split's mask that the other track covers in "
        "the frames before and after.",
    )
    minimum_length: int = Field(
        2,
        ge=1,
        description="Shorter tracks without parent and children are dropped.",
        unit="frames",
    )
    margin: int = Field(
        0,
        ge=0,
        description="Tracks that stay within this distance of the frame's edge are "
        "dropped, as required by the Cell Tracking Challenge (25 px for HeLa).",
        unit=STANDARD_PX,
    )

    # Divisions
    divisions: bool = Field(True, description="Find the parents of new tracks.")
    division_look_back: int = Field(
        2,
        ge=1,
        description="Number of frames before a new track's first one in which its "
        "parent's areas are measured.",
        unit="frames",
    )
    division_area_low: float = Field(
        0.2,
        ge=0,
        description="How small two daughters may be together: relative to the "
        "parent's smallest area in the division_look_back frames; it can be low, "
        "because chromosomes fill only a third of a nucleus. 0 sets no bound, as in "
        "RSHN.",
    )
    division_area_high: float = Field(
        1.6,
        gt=0,
        description="How large two daughters may be together: relative to the "
        "parent's largest area in the division_look_back frames; it rejects a cell "
        "that merely appears next to another.",
    )
    division_balance: float = Field(
        0.4,
        ge=0,
        le=1,
        description="How different two daughters may be in size: the smaller one "
        "must have at least this fraction of the larger one's area; it rejects a "
        "fragment that splits off an object.",
    )
    division_reach: float = Field(
        2.5,
        gt=0,
        description="Maximum distance of a daughter from her mother's center, in radii "
        "of the mother.",
        unit="radii",
    )
    division_middle: float = Field(
        0.35,
        ge=0,
        le=0.5,
        description="Maximum distance of the mother's center from the midpoint of her "
        "daughters, as a fraction of their distance; at 0.5, one of them may be at her "
        "position.",
    )
    division_off_middle: float = Field(
        0.6,
        gt=0,
        le=1,
        description="The same for daughters that together are clearly smaller than "
        "their mother was; dividing cells also move.",
    )
    division_shared: float = Field(
        0.7,
        gt=0,
        le=1,
        description="How well both daughters together may cover the mother, at most "
        "(Jaccard index); above it, they are one object that was cut in two, or two "
        "objects that had merged.",
    )
    division_length: int = Field(
        2,
        ge=1,
        description="Number of frames for which a daughter must exist, unless the "
        "video ends earlier.",
        unit="frames",
    )

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        if self.divisions:
            return frozenset()
        names = (name for name in type(self).model_fields if name != "divisions")
        return frozenset(name for name in names if name.startswith("division_"))

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Put inherited fields after an engine's own, whereas pydantic puts them first.

        Forms and recipes show them in the order of processing.
        """
        super().__pydantic_init_subclass__(**kwargs)
        fields = dict(cls.model_fields)
        own = [name for name in cls.__annotations__ if name in fields]
        cls.model_fields.clear()
        cls.model_fields.update({name: fields[name] for name in _in_order(own, REPAIR)})
        cls.model_rebuild(force=True)

    @model_validator(mode="after")
    def _areas_are_a_range(self) -> Self:
        if self.division_area_low >= self.division_area_high:
            raise ValueError("division_area_low must be below division_area_high")
        return self


REPAIR = RepairSettings.model_fields
"""The fields that engines inherit, for redeclaring."""


def _in_order(own: Iterable[str], inherited: Iterable[str]) -> list[str]:
    """Merge names in a class's own order, inherited ones as late as possible.

    Parameters
    ----------
    own : iterable of str
        Some of them may be inherited.
    inherited : iterable of str
    """
    waiting = list(inherited)
    order: list[str] = []
    for name in own:
        if name in waiting:
            place = waiting.index(name)
            order += waiting[:place]
            del waiting[: place + 1]
        order.append(name)
    return order + waiting
