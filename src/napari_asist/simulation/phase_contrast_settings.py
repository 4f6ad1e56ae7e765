"""What the virtual microscope is told of phase contrast."""

from typing import Literal

from pydantic import Field

from napari_asist.settings import Settings
from napari_asist.simulation.video_settings import DEGREES, PX


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
