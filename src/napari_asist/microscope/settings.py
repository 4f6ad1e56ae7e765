"""Settings of the virtual microscope: light, optics, objects, camera."""

from typing import Annotated, Literal, Self

import pydantic
from pydantic import model_validator

from napari_asist.settings import Field, Settings
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.video_settings import (
    BrightnessSettings,
)

SHARPEST = 0.6
"""Minimum blur in radii of an object. Dim objects have edges as steep as the point
spread
function; unlabeled light that is equally sharp would teach networks to ignore them."""

MOST_NUCLEOLI = 8
"""Maximum number of nucleoli in a nucleus."""

LARGEST = 0.4
"""Fraction of the objects' radius, so that a speck has at most a sixth of their area.
Specks as large and dim as objects would teach networks to ignore dim objects."""


class OutOfFocusSettings(Settings):
    """Number, brightness and blur of out-of-focus objects."""

    density: float = Field(
        0,
        ge=0,
        le=10,
        description="Out-of-focus objects per frame; 0 for none.",
        unit="objects/(100 px)²",
    )
    brightness: float = Field(
        20,
        gt=0,
        le=50_000,
        description="Light in the center of the brightest object; the dimmest has a "
        "tenth of it, and the logarithm is uniform between the two.",
        unit="counts",
    )
    blur: float = Field(
        1,
        ge=SHARPEST,
        le=5,
        description="Standard deviation of their blur, as a fraction of the objects' "
        "median radius. Its limit keeps them from looking like dim objects in focus.",
    )
    drift: float = Field(
        0.5,
        ge=0,
        le=50,
        description="Standard deviation of the displacement per frame along each axis.",
        unit="px",
    )


class NucleoliSettings(Settings):
    """Number, size and darkness of nucleoli."""

    number: float = Field(
        0,
        ge=0,
        le=MOST_NUCLEOLI,
        description="Mean number per nucleus (Poisson distribution); 0 for none.",
    )
    radius: float = Field(
        0.2,
        gt=0,
        le=0.5,
        description="Typical radius, as a fraction of the nucleus's.",
    )
    depth: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Fraction of the light that is missing in nucleoli, before the "
        "blur. Labels have no holes there. At metaphase, nucleoli are as faint as the "
        "texture.",
    )


class ApoptosisSettings(Settings):
    """Number of dying nuclei, and the appearance of their fragments.

    A nucleus that has died is a cluster of bright fragments for the rest of its track.
    It keeps a single label, whose outline encloses the cluster, and ends without a
    division: people track it until it disappears.
    """

    share: float = Field(
        0,
        ge=0,
        le=1,
        description="Fraction of the tracks without a division that end as fragments: "
        "half of these are fragmented from the start, the other half from a random "
        "frame on.",
    )
    brightness: float = Field(
        3,
        ge=0.5,
        le=10,
        description="Brightness of fragments relative to their nucleus; it varies by "
        "half among them.",
    )
    extent: float = Field(
        0.85,
        ge=0.4,
        le=1,
        description="Typical radius of a cluster, as a fraction of the nucleus's; "
        "clusters have 0.8 to 1.6 times that.",
    )


class ProcessSettings(Settings):
    """Thin, bright tails at the ends of objects, without labels."""

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
        description="Length of the shortest process.",
        unit="px",
    )
    length_max: float = Field(
        30,
        gt=0,
        le=500,
        description="Length of the longest process; all lengths between are equally "
        "likely.",
        unit="px",
    )
    thickness: float = Field(
        1.5,
        gt=0.2,
        le=50,
        description="Standard deviation across a process, at its start.",
        unit="px",
    )
    brightness: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Light at its start, as a fraction of the object's; it fades "
        "toward the tip.",
    )
    bend: float = Field(
        0.4,
        ge=0,
        le=3,
        description="Standard deviation of the angle by which a process bends from "
        "its start to its tip.",
        unit="rad",
    )

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        if self.length_min > self.length_max:
            raise ValueError(
                f"length_min = {self.length_min:g}: it must be at most length_max "
                f"({self.length_max:g})"
            )
        return self


class PhaseContrastSettings(Settings):
    """Halo, shade-off and shadow; by default, there are none."""

    strength: float = Field(
        0,
        ge=0,
        le=1,
        description="Halo: light that the phase ring removes next to and inside "
        "objects, as a fraction of their light; 0 means no phase contrast.",
    )
    radius: float = Field(
        10,
        gt=0.5,
        le=200,
        description="Distance from a point at which its halo ends: the first zero of "
        "the phase ring's point spread function.",
        unit="px",
    )
    ring_width: float = Field(
        0.5,
        ge=0.1,
        le=2,
        description="Width of the phase ring, as a fraction of its radius: a narrow "
        "one gives more rings around the halo.",
    )
    shade_off: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Fraction of the halo that is also removed inside objects, which "
        "dims their centers: 1 is the optical model, 0 keeps their brightness.",
    )
    glow: float = Field(
        0,
        ge=0,
        le=1,
        description="Bright halo: light around objects, as a fraction of their light; "
        "outlines do not include it.",
    )
    glow_sigma: float = Field(
        5,
        gt=0.5,
        le=200,
        description="Width of the bright halo: the standard deviation of its Gaussian.",
        unit="px",
    )
    shadow: float = Field(
        0,
        ge=0,
        le=1,
        description="Shadow on one side of objects and light on the other, as in "
        "off-axis illumination, as a fraction of the objects' light.",
    )
    shadow_angle: float = Field(
        -45,
        ge=-180,
        le=180,
        description="Side of the shadow: 0 is to the right, 90 below.",
        unit="degrees",
    )
    shadow_sigma: float = Field(
        4,
        gt=0.5,
        le=100,
        description="Width of the shadow: the standard deviation of its Gaussian.",
        unit="px",
    )
    objects: Literal["bright", "dark"] = Field(
        "bright",
        description="Whether objects are brighter or darker than their surroundings "
        "(negative or positive phase contrast).",
    )

    @property
    def is_on(self) -> bool:
        """Whether it has any visible effect."""
        return bool(self.strength or self.glow or self.shadow)


class DebrisSettings(Settings):
    """Number, appearance and motion of specks."""

    density: float = Field(
        0,
        ge=0,
        le=50,
        description="Specks per frame; 0 for none.",
        unit="specks/(100 px)²",
    )
    radius_min: float = Field(
        0.08,
        gt=0,
        le=LARGEST,
        description="Radius of the smallest speck, as a fraction of the objects' "
        "median radius.",
    )
    radius_max: float = Field(
        0.25,
        gt=0,
        le=LARGEST,
        description="Radius of the largest speck, as a fraction of the objects' "
        "median radius. Its limit keeps debris from looking like dim objects.",
    )
    brightness_min: float = Field(
        30,
        gt=0,
        le=50_000,
        description="Intensity of the dimmest speck over the background, before the "
        "blur.",
        unit="counts",
    )
    brightness_max: float = Field(
        300,
        gt=0,
        le=50_000,
        description="Intensity of the brightest speck over the background, before the "
        "blur; the logarithm is uniform between the two.",
        unit="counts",
    )
    rings: float = Field(
        0,
        ge=0,
        le=1,
        description="Fraction of the specks that are out of focus and appear as rings.",
    )
    ring_radius: float = Field(
        0.8,
        ge=0.1,
        le=3,
        description="Radius of the largest ring, as a fraction of the objects' median "
        "radius; the smallest has half that radius.",
    )
    drift: float = Field(
        0.5,
        ge=0,
        le=50,
        description="Standard deviation of a speck's displacement per frame along "
        "each axis; 0 keeps it in place.",
        unit="px",
    )
    renewal: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Probability that a speck disappears in the next frame and "
        "another one appears elsewhere.",
    )

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        for name in ("radius", "brightness"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low > high:
                raise ValueError(
                    f"{name}_min = {low:g}: it must be at most {name}_max ({high:g})"
                )
        return self


class MicroscopeSettings(Settings):
    """Optics, camera and appearance of the objects."""

    brightness: BrightnessSettings = Field(
        BrightnessSettings(), description="Brightness of the objects."
    )
    border: float = Field(
        0.5,
        ge=0.1,
        le=0.9,
        description="Fraction of an object's own maximum at its label's border: 0.5 "
        "is half maximum. Training labels are redrawn in the rendered frames, where "
        "the simulator's border setting puts outlines.",
    )
    psf_sigma: float = Field(
        1.2,
        ge=0,
        le=20,
        description="Standard deviation of the point spread function.",
        unit="px",
    )
    halo: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="Fraction of the light that is scattered into a wide halo.",
    )
    halo_sigma: float = Field(
        10,
        gt=0,
        le=200,
        description="Standard deviation of the halo.",
        unit="px",
    )
    falloff: float = Field(
        0.25,
        ge=0,
        le=0.9,
        description="How much thinner, and therefore dimmer, an object is at its "
        "border.",
    )
    texture: float = Field(
        0.22,
        ge=0,
        le=1,
        description="Standard deviation of the texture, as a fraction of the "
        "brightness.",
    )
    texture_scale: float = Field(
        1.7,
        gt=0,
        le=50,
        description="Size of the texture's grains (sigma).",
        unit="px",
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
        description="Fraction of the texture and of the dimming at the border that a "
        "nucleus loses at metaphase, when its chromatin is condensed.",
    )
    mitotic_halo: float = Field(
        0.2,
        ge=0,
        le=0.25,
        description="Light scattered into a halo around a nucleus at metaphase, in "
        "addition to the nucleus's own light and as a fraction of it; it rises and "
        "falls in the stages around metaphase. Up to its limit, the halo stays below "
        "half of what creates a visible border.",
    )
    mitotic_halo_sigma: float = Field(
        6,
        gt=0,
        le=200,
        description="Standard deviation of the halo around mitotic nuclei.",
        unit="px",
    )
    apoptosis: ApoptosisSettings = Field(
        ApoptosisSettings(), description="Nuclei that die and become bright fragments."
    )
    debris: DebrisSettings = Field(
        DebrisSettings(), description="Small specks that are not objects."
    )
    out_of_focus: OutOfFocusSettings = Field(
        OutOfFocusSettings(), description="Wide, dim light of out-of-focus objects."
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
        description="Light that does not come from objects.",
        unit="counts",
    )
    unevenness: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Standard deviation of the background over the field, as a "
        "fraction of the background.",
    )
    clouds: float = Field(
        0,
        ge=0,
        le=50_000,
        description="Standard deviation of faint, cloudy light that does not come "
        "from objects, such as that of cells out of focus.",
        unit="counts",
    )
    cloud_sigma: float = Field(
        20,
        gt=0,
        le=1000,
        description="Size of the clouds: the standard deviation of the Gaussian that "
        "smooths them.",
        unit="px",
    )
    bleaching: float = Field(
        0.002,
        ge=0,
        le=0.5,
        description="Fraction of the light that is lost from one frame to the next.",
    )
    gain: float = Field(
        0.5,
        gt=0,
        le=1000,
        description="Counts per photon, which determines the photon noise.",
        unit="counts/photon",
    )
    offset: float = Field(
        500,
        ge=0,
        le=50_000,
        description="Counts of the camera in the dark.",
        unit="counts",
    )
    read_noise: float = Field(
        5,
        ge=0,
        le=10_000,
        description="Standard deviation of the camera's noise.",
        unit="counts",
    )
    saturation: float | None = Field(
        None,
        gt=0,
        le=65_535,
        description="Counts at which the camera saturates: 255 for 8-bit videos; null "
        "for a camera that never saturates.",
        unit="counts",
    )
    noise_grain: tuple[
        Annotated[float, pydantic.Field(ge=0, le=10)],
        Annotated[float, pydantic.Field(ge=0, le=10)],
    ] = Field(
        (0, 0),
        description="Standard deviations, along y and x, of the Gaussian over which "
        "neighboring pixels share their noise. 0 makes the noise independent.",
        unit="px",
    )
