"""Settings of the simulator of cell nuclei."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from napari_asist.settings import Field
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.shapes import AnyShape, Ellipse
from napari_asist.simulation.video_settings import (
    LOOSEST_PACKING,
    NUCLEUS_SADDLE,
    RIM,
    VideoSettings,
)


class NucleiSettings(VideoSettings):
    """Cell nuclei: ellipses that wander, grow, divide, appear and disappear.

    Rules and counts are those of the ASIST paper, section II.B.2-b. It gives no sizes
    and no displacement per frame: these defaults suit HeLa nuclei at 0.645 µm/px and
    one frame in 30 minutes.
    """

    former_kinds: ClassVar[tuple[str, ...]] = ("hela",)
    noun: ClassVar[str] = "nuclei"
    appearance: ClassVar[str] = "about as wide as they are long"
    saddle: ClassVar[float] = NUCLEUS_SADDLE
    leading: ClassVar[tuple[str, ...]] = (
        "objects",
        "radius_mean",
        "radius_sd",
        "elongation",
        "move",
        "mitoses",
        "appearing",
        "disappearing",
        "brightness",
        "frames",
        "videos",
    )
    of_divisions: ClassVar[frozenset[str]] = frozenset(
        (
            "mitotic_overlap",
            "plate",
            "plate_bend",
            "daughter_radius",
            "daughter_distance",
            "daughter_plate",
            "separation",
            "growth",
            "cell_cycle",
        )
    )
    """Fields that describe divisions."""

    kind: Literal["nuclei"] = "nuclei"
    videos: int = Field(10, ge=1, le=1000, description="Number of videos to simulate.")
    rim: int = Field(
        0,
        ge=0,
        le=512,
        description=RIM,
        unit="px",
    )
    objects: int = Field(
        150,
        ge=1,
        le=20_000,
        description="Number of objects visible in the first frame.",
    )
    appearing: int = Field(
        20,
        ge=0,
        description="Number of objects that appear inside the field during a video.",
    )
    disappearing: int = Field(
        20,
        ge=0,
        description="Number of objects that disappear inside the field during a video.",
    )
    mitoses: int = Field(5, ge=0, description="Number of divisions in a video.")
    overlap: float = Field(
        0.7,
        ge=0.1,
        le=2,
        description="How much nuclei may overlap: 1 lets them touch, lower values "
        "let them overlap. It is the smallest distance between two centers, as a "
        "fraction of the distance at which their outlines touch.",
    )
    mitotic_overlap: float | None = Field(
        None,
        ge=0.1,
        le=2,
        description="How much dividing nuclei and their daughters may overlap "
        "others, above which they are then drawn. 0.5 allows bright mitoses to cover "
        "their neighbors by half; null treats them like all others.",
    )
    radius_mean: float = Field(
        12, ge=2, le=200, description="Mean radius of the nuclei.", unit="px"
    )
    radius_sd: float = Field(
        1.5,
        ge=0,
        le=100,
        description="How much the radius varies among nuclei (standard deviation).",
        unit="px",
    )
    radius_min: float = Field(
        7, ge=2, le=200, description="Radius of the smallest nucleus.", unit="px"
    )
    radius_max: float = Field(
        16, ge=2, le=200, description="Radius of the largest nucleus.", unit="px"
    )
    radius_change: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Probability per frame that a radius changes by 1 px.",
        unit="px/frame",
    )
    move: float = Field(
        2,
        ge=0,
        le=100,
        description="How far a nucleus moves at most from one frame to the next, "
        "along each axis; smaller displacements are equally likely. With "
        "persistence, some are larger, but the root mean square is the same.",
        unit="px",
    )
    elongation: float = Field(
        0,
        ge=0,
        le=1,
        description="How elongated nuclei are: 0 gives circles, 0.2 is usual, 0.5 is "
        "long. It is the root mean square of the natural logarithm of length over "
        "width.",
    )
    turn: float = Field(
        4,
        ge=0,
        le=90,
        description="How far a nucleus turns from one frame to the next (standard "
        "deviation).",
        unit="degrees",
    )
    shape: AnyShape = Field(
        Ellipse(), description="Outline of the nuclei: ellipse, star or a custom shape."
    )
    plate: float = Field(
        1,
        ge=0.2,
        le=1,
        description="How flat a nucleus is in its last frame before it divides "
        "(metaphase plate): its width over its length, perpendicular to the "
        "direction in which the daughters separate; 1 leaves it unchanged, 0.5 suits "
        "HeLa nuclei.",
    )
    plate_bend: float = Field(
        0,
        ge=0,
        le=1,
        description="How far such a flat nucleus bends into a horseshoe, at most: "
        "offset of their middle from their ends, as a fraction of half their length.",
    )
    daughter_radius: float = Field(
        0.7,
        ge=0.3,
        le=1,
        description="Size of a new daughter: its radius, as a fraction of its "
        "mother's.",
    )
    daughter_distance: float = Field(
        0.7,
        ge=0.3,
        le=2,
        description="Distance of a new daughter from its mother's position, as a "
        "fraction of the mother's radius; kept within 15 %.",
    )
    daughter_plate: float = Field(
        1,
        ge=0.2,
        le=1,
        description="How flat daughters are in their first frame (anaphase), when "
        "they are side by side: their width over their length; in each later frame "
        "they return halfway to the shape of a nucleus. 1 leaves them unchanged.",
    )
    separation: float = Field(
        0,
        ge=0,
        le=3,
        description="How far each daughter keeps moving away from her sister, as a "
        "fraction of the mother's radius: half of this distance in the next frame, "
        "half of the rest in each later frame.",
    )
    growth: float = Field(
        0.4,
        ge=0,
        le=10,
        description="How fast daughters grow until they are full-sized: growth of "
        "their radius per frame.",
        unit="px",
    )
    cell_cycle: CellCycleSettings = Field(
        CellCycleSettings(),
        description="How much brighter nuclei are around their division, for "
        "annotations with gray levels.",
    )

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        unused = frozenset() if self.mitoses else self.of_divisions
        return super().ignored() | unused

    @property
    def typical_area(self) -> float:
        """Area of a typical nucleus, in px²."""
        return math.pi * self.radius_mean**2

    @property
    def smallest_area(self) -> float:
        """Area of a nucleus of the least radius, in px²; daughters may be smaller."""
        return math.pi * self.radius_min**2

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
                f"radius_mean = {self.radius_mean:g}: it must be between radius_min "
                f"({self.radius_min:g}) and radius_max ({self.radius_max:g})"
            )
        events = self.appearing + self.disappearing + self.mitoses
        if events and self.frames < 2:
            raise ValueError(
                f"frames = {self.frames}: events need at least 2 frames; raise frames "
                "or set appearing, disappearing and mitoses to 0"
            )
        if self.mitoses > self.objects + self.appearing:
            raise ValueError(
                f"mitoses = {self.mitoses}: at most one for each of the "
                f"{self.objects + self.appearing} objects (objects plus appearing); "
                "lower mitoses or raise objects"
            )
        everyone = self.objects + self.appearing + self.mitoses
        if self.disappearing > everyone:
            raise ValueError(
                f"disappearing = {self.disappearing}: at most the {everyone} objects "
                "that ever exist (objects, appearing and mitoses); lower it"
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
