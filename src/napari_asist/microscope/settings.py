"""Settings of the virtual microscope: light, optics, objects, camera."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from napari_asist.settings import Settings
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.video_settings import (
    COUNTS,
    DEGREES,
    PX,
    BrightnessSettings,
)

SHARPEST = 0.6
"""Least blur in radii of an object. Dim objects have edges as steep as the point spread
function; light as sharp as that, but without a label, would teach networks to ignore
them."""

MOST_NUCLEOLI = 8
"""Nucleoli of a nucleus."""

LARGEST = 0.4
"""Of the objects' radius, so that a speck has at most a sixth of their area. Specks as
large and dim as objects would teach networks to ignore dim objects."""


class OutOfFocusSettings(Settings):
    """How many objects lie out of focus, and how dim and how blurred they are."""

    density: float = Field(
        0,
        ge=0,
        le=10,
        description="Objects out of focus in a frame; 0 for none.",
        json_schema_extra={"unit": "objects/(100 px)²"},
    )
    brightness: float = Field(
        20,
        gt=0,
        le=50_000,
        description="Light in the middle of the brightest; the dimmest has a tenth, "
        "and the logarithm is even between the two.",
        json_schema_extra=COUNTS,
    )
    blur: float = Field(
        1,
        ge=SHARPEST,
        le=5,
        description="Standard deviation of their blur, as a part of the objects' "
        "median radius. Its bound keeps them from looking like dim objects in focus.",
    )
    drift: float = Field(
        0.5,
        ge=0,
        le=50,
        description="Standard deviation of a move along each axis in a frame.",
        json_schema_extra=PX,
    )


class NucleoliSettings(Settings):
    """How many nucleoli nuclei have, how large and how dark they are."""

    number: float = Field(
        0,
        ge=0,
        le=MOST_NUCLEOLI,
        description="Mean number in a nucleus (Poisson's distribution); 0 for none.",
    )
    radius: float = Field(
        0.2,
        gt=0,
        le=0.5,
        description="Typical radius, as a part of the nucleus's.",
    )
    depth: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Part of the light that is missing in them, before the blur. "
        "Labels have no holes there. At metaphase they are as faint as the texture.",
    )


class ApoptosisSettings(Settings):
    """How many nuclei die, and how their fragments look.

    A nucleus that has died is a cluster of bright fragments for the rest of its track.
    It keeps its one label, whose outline goes around the cluster, and ends without a
    division: people track it until it vanishes.
    """

    share: float = Field(
        0,
        ge=0,
        le=1,
        description="Part of the tracks without a division that end as fragments: half "
        "of them are from the beginning, half from a random frame on.",
    )
    brightness: float = Field(
        3,
        ge=0.5,
        le=10,
        description="How many times brighter than their nucleus fragments are; they "
        "differ by a half from each other.",
    )
    extent: float = Field(
        0.85,
        ge=0.4,
        le=1,
        description="Radius of the cluster as a part of the nucleus's.",
    )


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


class PhaseContrastSettings(Settings):
    """Halo, shade-off and shadow; the defaults are a microscope without any."""

    strength: float = Field(
        0,
        ge=0,
        le=1,
        description="Halo: light that the phase ring takes away beside objects and "
        "inside of them, as a part of theirs; 0 is no phase contrast.",
    )
    radius: float = Field(
        10,
        gt=0.5,
        le=200,
        description="Distance from a point at which its halo ends: the first zero of "
        "the phase ring's point spread function.",
        json_schema_extra=PX,
    )
    ring_width: float = Field(
        0.5,
        ge=0.1,
        le=2,
        description="Width of the phase ring as a part of its radius: a narrow one "
        "gives more rings around the halo.",
    )
    shade_off: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Part of the halo that is also taken away inside objects, whose "
        "middle it dims: 1 is the optical model, 0 keeps their brightness.",
    )
    glow: float = Field(
        0,
        ge=0,
        le=1,
        description="Bright halo: light around objects as a part of theirs, which is "
        "no part of their outlines.",
    )
    glow_sigma: float = Field(
        5,
        gt=0.5,
        le=200,
        description="Width of the bright halo: the standard deviation of its Gaussian.",
        json_schema_extra=PX,
    )
    shadow: float = Field(
        0,
        ge=0,
        le=1,
        description="Shadow on one side of objects and light on the other, as "
        "off-axis illumination casts them, as a part of the objects' light.",
    )
    shadow_angle: float = Field(
        -45,
        ge=-180,
        le=180,
        description="Side on which the shadow lies: 0 is right, 90 below.",
        json_schema_extra=DEGREES,
    )
    shadow_sigma: float = Field(
        4,
        gt=0.5,
        le=100,
        description="Width of the shadow: the standard deviation of its Gaussian.",
        json_schema_extra=PX,
    )
    objects: Literal["bright", "dark"] = Field(
        "bright",
        description="Whether objects are brighter or darker than what surrounds them "
        "(negative or positive phase contrast).",
    )

    @property
    def is_on(self) -> bool:
        """Whether there is anything to be seen of it."""
        return bool(self.strength or self.glow or self.shadow)


class DebrisSettings(Settings):
    """How many specks there are, and how they look and move."""

    density: float = Field(
        0,
        ge=0,
        le=50,
        description="Specks in a frame; 0 for none.",
        json_schema_extra={"unit": "specks/(100 px)²"},
    )
    radius_min: float = Field(
        0.08,
        gt=0,
        le=LARGEST,
        description="Radius of the smallest, as a part of the objects' median radius.",
    )
    radius_max: float = Field(
        0.25,
        gt=0,
        le=LARGEST,
        description="Radius of the largest, as a part of the objects' median radius. "
        "Its bound keeps debris from looking like dim objects.",
    )
    brightness_min: float = Field(
        30,
        gt=0,
        le=50_000,
        description="Intensity of the dimmest over the background, before the blur.",
        json_schema_extra=COUNTS,
    )
    brightness_max: float = Field(
        300,
        gt=0,
        le=50_000,
        description="Intensity of the brightest over the background, before the blur; "
        "the logarithm is even between the two.",
        json_schema_extra=COUNTS,
    )
    rings: float = Field(
        0,
        ge=0,
        le=1,
        description="Part of the specks that lie out of focus and show as rings.",
    )
    ring_radius: float = Field(
        0.8,
        ge=0.1,
        le=3,
        description="Radius of the largest ring, as a part of the objects' median "
        "radius; the smallest has half of it.",
    )
    drift: float = Field(
        0.5,
        ge=0,
        le=50,
        description="Standard deviation of a speck's move along each axis in a frame; "
        "0 leaves it where it is.",
        json_schema_extra={"unit": "px"},
    )
    renewal: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Probability that a speck is gone in the next frame, and another "
        "somewhere else.",
    )

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        for name in ("radius", "brightness"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low > high:
                raise ValueError(
                    f"{name}_min = {low:g}: it is at most {name}_max ({high:g})"
                )
        return self


class MicroscopeSettings(Settings):
    """Optics, camera and look of the objects."""

    brightness: BrightnessSettings = Field(
        BrightnessSettings(), description="Brightness of the objects."
    )
    border: float = Field(
        0.5,
        ge=0.1,
        le=0.9,
        description="Part of an object's own maximum that is left at its label's "
        "border: 0.5 is half maximum. Labels to train on are drawn anew in what was "
        "rendered, where the simulator says that outlines lie.",
    )
    psf_sigma: float = Field(
        1.2,
        ge=0,
        le=20,
        description="Standard deviation of the point spread function.",
        json_schema_extra=PX,
    )
    halo: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="Part of the light that is scattered into a wide halo.",
    )
    halo_sigma: float = Field(
        10,
        gt=0,
        le=200,
        description="Standard deviation of the halo.",
        json_schema_extra=PX,
    )
    falloff: float = Field(
        0.25,
        ge=0,
        le=0.9,
        description="How much thinner, hence dimmer, an object is at its border.",
    )
    texture: float = Field(
        0.22,
        ge=0,
        le=1,
        description="Standard deviation of the texture as a part of the brightness.",
    )
    texture_scale: float = Field(
        1.7,
        gt=0,
        le=50,
        description="Size of the texture's grains (sigma).",
        json_schema_extra=PX,
    )
    nucleoli: NucleoliSettings = Field(
        NucleoliSettings(), description="Dark holes in nuclei."
    )
    cell_cycle: CellCycleSettings = Field(
        CellCycleSettings(brightness=2.4),
        description="Brightness of nuclei around their division.",
    )
    condensation: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Part of the texture and of the dimming at the border that a "
        "nucleus loses at metaphase, when its chromatin is condensed.",
    )
    mitotic_halo: float = Field(
        0.2,
        ge=0,
        le=0.25,
        description="Light scattered into a halo around a nucleus at metaphase, as a "
        "part of the nucleus's own and beside it; the stages around it follow. Up to "
        "its bound the halo stays below half of what makes a visible border.",
    )
    mitotic_halo_sigma: float = Field(
        6,
        gt=0,
        le=200,
        description="Standard deviation of the halo around mitotic nuclei.",
        json_schema_extra=PX,
    )
    apoptosis: ApoptosisSettings = Field(
        ApoptosisSettings(), description="Nuclei that die and become bright fragments."
    )
    debris: DebrisSettings = Field(
        DebrisSettings(), description="Small specks that are no objects."
    )
    out_of_focus: OutOfFocusSettings = Field(
        OutOfFocusSettings(), description="Wide, dim light of objects out of focus."
    )
    phase: PhaseContrastSettings = Field(
        PhaseContrastSettings(), description="Halos and shadows of phase contrast."
    )
    processes: ProcessSettings = Field(
        ProcessSettings(), description="Thin tails of cells, without a label."
    )
    background: float = Field(
        100,
        ge=0,
        le=50_000,
        description="Light that comes from no object.",
        json_schema_extra=COUNTS,
    )
    unevenness: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Standard deviation of the background over the field, as a part "
        "of it.",
    )
    clouds: float = Field(
        0,
        ge=0,
        le=50_000,
        description="Standard deviation of faint, cloudy light that comes from no "
        "object, as from cells out of focus.",
        json_schema_extra=COUNTS,
    )
    cloud_sigma: float = Field(
        20,
        gt=0,
        le=1000,
        description="Size of the clouds: the standard deviation of the Gaussian that "
        "smooths them.",
        json_schema_extra=PX,
    )
    bleaching: float = Field(
        0.002,
        ge=0,
        le=0.5,
        description="Part of the light that is lost from one frame to the next.",
    )
    gain: float = Field(
        0.5,
        gt=0,
        le=1000,
        description="Counts for one photon; it sets the photon noise.",
        json_schema_extra={"unit": "counts/photon"},
    )
    offset: float = Field(
        500,
        ge=0,
        le=50_000,
        description="Counts of the camera in the dark.",
        json_schema_extra=COUNTS,
    )
    read_noise: float = Field(
        5,
        ge=0,
        le=10_000,
        description="Standard deviation of the camera's noise.",
        json_schema_extra=COUNTS,
    )
    saturation: float | None = Field(
        None,
        gt=0,
        le=65_535,
        description="Counts at which the camera saturates: 255 for videos of 8 bits; "
        "null for a camera that never does.",
        json_schema_extra=COUNTS,
    )
    noise_grain: tuple[
        Annotated[float, Field(ge=0, le=10)], Annotated[float, Field(ge=0, le=10)]
    ] = Field(
        (0, 0),
        description="Standard deviations, along y and along x, of the Gaussian over "
        "which neighboring pixels share their noise. 0 gives each pixel its own.",
        json_schema_extra=PX,
    )
