"""Settings shared by all simulators."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import field_validator

from napari_asist.settings import Field, Settings
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.shapes import AnyShape, Ellipse

RIM = (
    "Width of the strip around the frame that is simulated, too, so that objects drift "
    "in and out; each such visit is a separate track, in addition to the requested "
    "ones. "
    "With 0, the centers of nuclei stay in the field."
)

BORDER_EXPONENT = 0.57
"""The exponent of borders by brightness that best fits manual outlines of HeLa
nuclei."""

BORDER_EXPONENT_MEANING = (
    "How far outside of bright objects people draw outlines, if border is null: at "
    "this fraction of an object's level on a display that shows both dim and bright "
    "light (logarithmically). 0.57 fits "
    "how people outline nuclei; lower values move outlines outward, most for bright "
    "objects."
)

NUCLEUS_SADDLE, STICK_SADDLE = 0.2, 0.4
"""Depth of the saddle between two objects, as the logarithm of the blob filter's
response. Long objects undulate more; both numbers were chosen on rendered videos."""

LOOSEST_PACKING = 0.5
"""Randomly dropped discs jam when they cover 0.547 of the plane (Feder, Journal of
Theoretical Biology 87, 1980); this leaves them some room to move."""


class BrightnessSettings(Settings):
    """Brightness of the objects."""

    quantiles: tuple[float, ...] = Field(
        (12, 40, 80, 130, 180, 240, 300, 380, 480, 640, 1100),
        min_length=2,
        description="How bright objects are above the background, from the dimmest "
        "to the brightest: evenly spaced quantiles of their mean intensity, such as "
        "the 0, 10, … 100 % quantile if there are 11.",
        unit="counts",
    )

    @field_validator("quantiles")
    @classmethod
    def _ascend_from_above_zero(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if values[0] <= 0:
            raise ValueError(
                "objects must be brighter than 0; raise the first quantile"
            )
        if list(values) != sorted(values):
            raise ValueError("quantiles must ascend; sort them")
        return values


class VideoSettings(Settings):
    """Settings that all simulators share, and the traits by which they differ.

    A subclass describes the objects of one simulator. Its `kind`, a literal with itself
    as the default, is its name in recipes and commands. Each video has its own seed.
    """

    kinds: ClassVar[dict[str, type["VideoSettings"]]] = {}
    """The settings models of all simulators by kind; a subclass registers itself."""

    former_kinds: ClassVar[tuple[str, ...]] = ()
    """What the simulator was called in recipes of earlier versions."""

    noun: ClassVar[str]
    """What the objects are called, in the plural."""

    appearance: ClassVar[str]
    """What the objects look like; completes the sentence "nuclei are …"."""

    elongated: ClassVar[bool] = False
    """Whether objects are long enough for their length and direction to matter."""

    saddle: ClassVar[float]
    """Depth of the dip that separates two touching objects; see `NUCLEUS_SADDLE`."""

    stacked: ClassVar[bool] = False
    """Whether later objects cover earlier ones; otherwise, a pixel belongs to the
    object with the nearer center."""

    kind: str = ""
    videos: int = Field(1, ge=1, le=1000, description="Number of videos to simulate.")
    frames: int = Field(
        50,
        ge=1,
        le=10_000,
        description="Number of frames per video.",
        unit="frames",
    )
    height: int = Field(
        512, ge=16, le=8192, description="Height of a frame.", unit="px"
    )
    width: int = Field(512, ge=16, le=8192, description="Width of a frame.", unit="px")
    objects: int = Field(
        100,
        ge=1,
        le=20_000,
        description="Number of objects visible in the first frame.",
    )
    rim: int = Field(
        19,
        ge=0,
        le=512,
        description=RIM,
        unit="px",
    )
    persistence: float = Field(
        0,
        ge=0,
        le=0.99,
        description="How much objects keep their direction: 0 changes it at random "
        "in each frame; near 1, objects move almost straight. It is the correlation "
        "of successive displacements.",
    )
    clustering: float = Field(
        0,
        ge=0,
        le=3,
        description="How much objects crowd in places: 0 spreads them evenly, 1 "
        "forms clear clusters. It is the standard deviation of the natural logarithm "
        "of their density.",
    )
    cluster_size: float = Field(
        40,
        ge=4,
        le=2000,
        description="Size of the clusters, which are a few times as wide as this. It "
        "is the sigma of the Gaussian that smooths the density.",
        unit="px",
    )
    density_map: tuple[tuple[float, ...], ...] = Field(
        (),
        description="Where objects are dense and where they are sparse: rows of "
        "relative densities that cover the field with its rim; only ratios matter. "
        "If null, objects are placed evenly, or in clusters if clustering is above "
        "0; with both, the map is multiplied by the clusters.",
    )
    brightness: BrightnessSettings = Field(
        BrightnessSettings(), description="Brightness of the objects."
    )
    border: float | None = Field(
        0.5,
        ge=0.1,
        le=0.9,
        description="Where outlines are drawn in synthetic images: at this fraction "
        "of an object's own maximum, so that lower values draw larger outlines. If "
        "null, it depends on the object's brightness, as when people draw: about 0.4 "
        "for dim objects, 0.15 for bright ones.",
    )
    border_exponent: float = Field(
        BORDER_EXPONENT, ge=0.3, le=0.9, description=BORDER_EXPONENT_MEANING
    )
    shape: AnyShape = Field(Ellipse(), description="Outline of the objects.")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register a subclass under its kind."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.kinds[cls.model_fields["kind"].default] = cls

    @field_validator("kind", mode="before")
    @classmethod
    def _take_former_kind(cls, kind: Any) -> Any:
        own = cls.model_fields["kind"].default
        return own if kind in cls.former_kinds else kind

    @field_validator("density_map")
    @classmethod
    def _is_a_map(
        cls, rows: tuple[tuple[float, ...], ...]
    ) -> tuple[tuple[float, ...], ...]:
        lengths = sorted({len(row) for row in rows})
        if len(lengths) > 1:
            raise ValueError(
                "all rows must have the same number of values; here they have "
                f"{lengths[0]} to {lengths[-1]}"
            )
        values = [value for row in rows for value in row]
        if rows and not any(values):
            raise ValueError("a map needs at least one value above 0; raise one")
        if not all(value >= 0 for value in values):
            raise ValueError("densities must be at least 0; raise the negative ones")
        return rows

    @property
    def typical_area(self) -> float:
        """Area of a typical object, in px²."""
        raise NotImplementedError

    @property
    def smallest_area(self) -> float:
        """Area of the smallest object in px²; 0 if the settings do not limit it."""
        return 0.0

    @property
    def typical_objects(self) -> float:
        """Number of objects halfway through a video."""
        return float(self.objects)

    @property
    def typical_coverage(self) -> float:
        """Fraction of a frame that objects cover halfway through a video."""
        return self.typical_objects * self.typical_area / (self.height * self.width)

    @property
    def brightening(self) -> CellCycleSettings:
        """How the objects' brightness changes around divisions; constant by default."""
        return CellCycleSettings()

    def events_times(self, factor: float, objects: int) -> dict[str, int]:
        """Return the counts of events for videos with more or fewer of them.

        Parameters
        ----------
        factor : float
            Events of the other videos over those of these.
        objects : int
            Objects in the first frame of the other videos.
        """
        return {}

    def possible_events(self, counts: Mapping[str, Any]) -> dict[str, int]:
        """Return the counts of events that are possible with other counts.

        Parameters
        ----------
        counts : mapping
            All settings by their names.
        """
        return {}

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        names = set()
        if self.border is not None:
            names.add("border_exponent")
        if not self.clustering and not getattr(self, "alignment", 0):
            names.add("cluster_size")
        return frozenset(names)

    @property
    def field(self) -> tuple[int, int]:
        """Height and width of a frame."""
        return self.height, self.width
