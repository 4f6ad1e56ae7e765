"""What the simulator of cell nuclei is told."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.shapes import AnyShape, Ellipse
from napari_asist.simulation.video_settings import (
    DEGREES,
    LOOSEST_PACKING,
    NUCLEUS_SADDLE,
    PX,
    RIM,
    VideoSettings,
)


class HelaSettings(VideoSettings):
    """Cell nuclei: circles or ellipses that wander, grow, divide, come and go.

    Rules and counts are those of the ASIST paper, section II.B.2-b. It gives no
    sizes and no distance per frame: these defaults suit HeLa nuclei at
    0.645 µm/px and one frame in 30 minutes.
    """

    saddle: ClassVar[float] = NUCLEUS_SADDLE

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
        description="Smallest distance of two centers as a part of the distance at "
        "which the outlines touch.",
    )
    mitotic_overlap: float | None = Field(
        None,
        ge=0.1,
        le=2,
        description="The same for nuclei that divide and their daughters, which then "
        "lie above the others. 0.5 lets bright mitoses cover their neighbors by half; "
        "null keeps them apart like all.",
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
        description="Mean change of a radius, by steps of 1 px: the probability of one "
        "in a frame.",
        json_schema_extra={"unit": "px/frame"},
    )
    move: float = Field(
        2,
        ge=0,
        le=100,
        description="Largest move of a center along each axis in a frame; smaller "
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
    shape: AnyShape = Field(
        Ellipse(), description="Outline: ellipse, star or one of your own."
    )
    plate: float = Field(
        1,
        ge=0.2,
        le=1,
        description="Width over length of a nucleus in its last frame before it "
        "divides (metaphase plate), across the way that the daughters go apart; 1 "
        "leaves it as it was, 0.5 suits HeLa nuclei.",
    )
    plate_bend: float = Field(
        0,
        ge=0,
        le=1,
        description="How far such plates are bent to horseshoes at most: their middle "
        "against their ends, as a part of half their length.",
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
    daughter_plate: float = Field(
        1,
        ge=0.2,
        le=1,
        description="Width over length of daughters in their first frame (anaphase), "
        "which lie side by side; half of the way back to a nucleus is made in each "
        "frame. 1 leaves them as they are.",
    )
    separation: float = Field(
        0,
        ge=0,
        le=3,
        description="How far each daughter goes on, away from her sister, as a part of "
        "the mother's radius: half of it in the next frame, half of the rest in each "
        "one after it.",
    )
    growth: float = Field(
        0.4,
        ge=0,
        le=10,
        description="Growth of a daughter's radius in a frame until it is full-grown.",
        json_schema_extra=PX,
    )
    cell_cycle: CellCycleSettings = Field(
        CellCycleSettings(),
        description="Brightness of nuclei around their division, which annotations "
        "with gray levels follow.",
    )

    @property
    def typical_area(self) -> float:
        """Area of a typical nucleus, in px²."""
        return math.pi * self.radius_mean**2

    @property
    def typical_objects(self) -> float:
        """Number of nuclei halfway through a video."""
        change = self.appearing - self.disappearing + self.mitoses
        return self.objects + change / 2

    @property
    def brightening(self) -> CellCycleSettings:
        """How the brightness of nuclei follows their divisions."""
        return self.cell_cycle

    def events_times(self, factor: float, objects: int) -> dict[str, int]:
        """Return the counts of events for videos with more or fewer of them."""
        names = ("appearing", "disappearing", "mitoses")
        counts = {name: round(getattr(self, name) * factor) for name in names}
        # In a long video of few objects each divides more than once.
        return counts | self.possible_events({"objects": objects, **counts})

    def possible_events(self, counts: Mapping[str, Any]) -> dict[str, int]:
        """Return divisions and disappearances, at most as many as there are objects.

        Parameters
        ----------
        counts : mapping
            ``objects``, ``appearing``, ``mitoses`` and ``disappearing``.
        """
        present = counts["objects"] + counts["appearing"]
        mitoses = min(counts["mitoses"], present)
        disappearing = min(counts["disappearing"], present + mitoses)
        return {"mitoses": mitoses, "disappearing": disappearing}

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
