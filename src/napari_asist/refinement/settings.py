"""Settings of annotation deformation, annotation cleaning and repair over time."""

from typing import ClassVar, Literal

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field, Settings

COMPUTING_FIELDS = ("scheduler",)
"""Settings that determine where frames are refined, but not the result."""


class RefinementSettings(Settings):
    """Settings for fitting simulated labels to the masks of their synthetic frames.

    The paper publishes the two tests at 90 % and "non-rigid registration from ANTs";
    all other numbers were chosen on a toy of circles and ellipses of known shape.
    There, 18 iterations with step 0.5 deform circles as well as 80 with step 0.2 (mean
    Jaccard 0.962 and 0.963) in a quarter of the time.
    """

    leading: ClassVar[tuple[str, ...]] = (
        "deformation",
        "cap",
        "cleaning",
        "repair",
        "outlines",
    )

    deformation: Literal["ants", "watershed", "nearest", "none"] = Field(
        "ants",
        description="How labels are fitted to the synthetic frame's mask: by "
        "registration (ANTs), a watershed of the mask from the labels, the nearest "
        "label of each mask pixel, or none.",
    )
    type_of_transform: Literal["SyNOnly", "SyN"] = Field(
        "SyNOnly",
        description="Whether registration only deforms, or first moves, turns and "
        "scales as a whole: SyN starts with an affine stage.",
    )
    metric: Literal["meansquares", "mattes", "CC"] = Field(
        "meansquares",
        description="How registration compares labels and mask: the similarity that "
        "ANTs maximizes.",
    )
    iterations: tuple[int, ...] = Field(
        (10, 5, 3),
        min_length=1,
        max_length=6,
        description="How long registration works: iterations from the coarsest level "
        "to full resolution; each level has twice the resolution of the previous "
        "one.",
    )
    gradient_step: float = Field(
        0.5,
        gt=0,
        le=2,
        description="Largest displacement of a pixel in one iteration of ANTs.",
        unit=STANDARD_PX,
    )
    flow_sigma: float = Field(
        3.0,
        ge=0,
        le=20,
        description="How smooth the deformation is (variance of the Gaussian that "
        "smooths the update field of ANTs).",
        unit=f"{STANDARD_PX}²",
    )
    downsampling: int = Field(
        1,
        ge=1,
        le=8,
        description="Downsample frames by this factor for registration; the labels "
        "are warped at full resolution.",
    )
    prefilter: bool = Field(
        True,
        description="Before deforming, remove labels that are less than half inside "
        "the mask, and mask components that contain no label.",
    )
    cap: float = Field(
        6.0,
        ge=0,
        le=100,
        description="Maximum distance to which a deformed label extends from its "
        "undeformed shape.",
        unit=STANDARD_PX,
    )
    cleaning: bool = Field(
        True,
        description="Remove labels missing in the mask, and paint over objects that "
        "no label covers.",
    )
    instance_coverage: float = Field(
        0.9,
        ge=0,
        le=1,
        description="A label is kept if at least this fraction of it is in the mask.",
    )
    component_coverage: float = Field(
        0.9,
        ge=0,
        le=1,
        description="A mask component is kept if labels cover at least this fraction "
        "of it.",
    )
    feather: float = Field(
        2.0,
        ge=0,
        le=20,
        description="Width of the soft edge of a repainted region, and of the rim "
        "that is painted with it.",
        unit=STANDARD_PX,
    )
    background_dilation: int = Field(
        5,
        ge=0,
        le=50,
        description="The background's mean and noise are measured in pixels farther "
        "than this from the mask.",
        unit=STANDARD_PX,
    )
    minimum_area: int = Field(
        20,
        ge=1,
        description="The cleaning removes labels smaller than this.",
        unit=STANDARD_PX,
    )
    outlines: bool = Field(
        False,
        description="Finally, redraw each outline where people would draw it in the "
        "synthetic frame (set by the simulator's border). This has no effect on frames "
        "of the renderer, whose outlines are already drawn this way.",
    )
    repair: bool = Field(
        True,
        description="Restore a label in the few frames in which cleaning removed it, "
        "between frames in which it was kept.",
    )
    longest_repair: int = Field(
        2,
        ge=0,
        le=20,
        description="Longest gap that is repaired; a track is cut at a longer one.",
        unit="frames",
    )
    scheduler: str = Field(
        "",
        description="Address of a dask.distributed scheduler whose workers refine the "
        "frames, e.g. tcp://host:8786; empty uses this machine's cores.",
    )

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        names: set[str] = set()
        if self.deformation != "ants":
            names |= {"type_of_transform", "metric", "iterations", "gradient_step"}
            names |= {"flow_sigma", "downsampling"}
        if not self.repair:
            names.add("longest_repair")
        return frozenset(names)
