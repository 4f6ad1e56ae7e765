"""The settings of all simulators: one model for each kind of object."""

from typing import Annotated

from pydantic import Field

from napari_asist.simulation.microvilli_settings import MicrovilliSettings
from napari_asist.simulation.nuclei_settings import NucleiSettings
from napari_asist.simulation.video_settings import BrightnessSettings, VideoSettings

__all__ = [
    "BrightnessSettings",
    "MicrovilliSettings",
    "NucleiSettings",
    "SimulatorSettings",
    "VideoSettings",
]

SimulatorSettings = Annotated[
    NucleiSettings | MicrovilliSettings, Field(discriminator="kind")
]
