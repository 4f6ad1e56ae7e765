"""What the virtual microscope is told."""

from typing import Annotated

from pydantic import Field

from napari_asist.settings import Settings
from napari_asist.simulation.apoptosis import ApoptosisSettings
from napari_asist.simulation.cell_cycle import CellCycleSettings
from napari_asist.simulation.debris_settings import DebrisSettings
from napari_asist.simulation.nucleoli import NucleoliSettings
from napari_asist.simulation.out_of_focus import OutOfFocusSettings
from napari_asist.simulation.phase_contrast_settings import PhaseContrastSettings
from napari_asist.simulation.process_settings import ProcessSettings
from napari_asist.simulation.video_settings import COUNTS, PX, BrightnessSettings


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
