"""Settings of annotation deformation, annotation cleaning and repair over time."""

from typing import Literal

from pydantic import Field

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Settings

COMPUTING_FIELDS = ("scheduler",)
"""Settings that decide where frames are refined and not what becomes of them."""


class RefinementSettings(Settings):
    """How simulated labels are fitted to the masks of their synthetic frames.

    The paper publishes the two tests at 90 % and "non-rigid registration from
    ANTs"; all other numbers were chosen on a toy of circles and ellipses of known
    shape. There, 18 iterations of step 0.5 bend circles as well as 80 of step 0.2
    (mean Jaccard 0.962 and 0.963) in a quarter of the time.
    """

    deformation: Literal["ants", "watershed", "nearest", "none"] = Field(
        "ants",
        description="Engine that bends labels toward the mask: registration by ANTs, "
        "a watershed of the mask from the labels, the nearest label of each mask "
        "pixel, or none.",
    )
    type_of_transform: Literal["SyNOnly", "SyN"] = Field(
        "SyNOnly", description="Transform of ANTs; SyN has an affine stage before it."
    )
    metric: Literal["meansquares", "mattes", "CC"] = Field(
        "meansquares", description="Similarity that ANTs maximizes."
    )
    iterations: tuple[int, ...] = Field(
        (10, 5, 3),
        min_length=1,
        max_length=6,
        description="Iterations of ANTs from the coarsest level to full resolution; "
        "each level has twice the resolution of the one before.",
    )
    gradient_step: float = Field(
        0.5,
        gt=0,
        le=2,
        description="Farthest that one iteration of ANTs moves a pixel.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    flow_sigma: float = Field(
        3.0,
        ge=0,
        le=20,
        description="Smoothing of the update field of ANTs (its variance).",
        json_schema_extra={"unit": f"{STANDARD_PX}²"},
    )
    downsampling: int = Field(
        1,
        ge=1,
        le=8,
        description="Register frames that are smaller by this factor; the labels are "
        "warped at full resolution.",
    )
    prefilter: bool = Field(
        True,
        description="Before deforming, drop labels that lie less than half inside the "
        "mask, and mask components that hold no label.",
    )
    cap: float = Field(
        6.0,
        ge=0,
        le=100,
        description="A deformed label reaches no farther than this from its "
        "undeformed shape.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    cleaning: bool = Field(
        True,
        description="Remove labels that the mask does not show, and paint over what "
        "no label covers.",
    )
    instance_coverage: float = Field(
        0.9,
        ge=0,
        le=1,
        description="A label stays when at least this part of it lies in the mask.",
    )
    component_coverage: float = Field(
        0.9,
        ge=0,
        le=1,
        description="A mask component stays when labels cover at least this part.",
    )
    feather: float = Field(
        2.0,
        ge=0,
        le=20,
        description="Width of the soft edge of a repainted region, and of the rim "
        "that is painted with it.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    background_dilation: int = Field(
        5,
        ge=0,
        le=50,
        description="Pixels farther than this from the mask tell the background's "
        "mean and noise.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    minimum_area: int = Field(
        20,
        ge=1,
        description="Labels smaller than this are removed by the cleaning.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    outlines: bool = Field(
        False,
        description="At last, draw each outline anew where people would draw it in "
        "the synthetic frame (the simulator's border says where). For frames of the "
        "renderer it does nothing: their outlines lie there already.",
    )
    repair: bool = Field(
        True,
        description="Give a label back to the few frames in which cleaning removed it "
        "between frames in which it stayed.",
    )
    longest_repair: int = Field(
        2,
        ge=0,
        le=20,
        description="Longest absence that is repaired; a track is cut at a longer one.",
        json_schema_extra={"unit": "frames"},
    )
    scheduler: str = Field(
        "",
        description="Address of a dask.distributed scheduler whose workers refine the "
        "frames, e.g. tcp://host:8786; empty uses this machine's cores.",
    )
