"""The settings of all simulators: one model for each kind of object."""

from typing import Annotated

from pydantic import Field

from napari_asist.simulation.microvilli_settings import MicrovilliSettings
from napari_asist.simulation.nuclei_settings import HelaSettings
from napari_asist.simulation.video_settings import BrightnessSettings, VideoSettings

__all__ = [
    "BrightnessSettings",
    "HelaSettings",
    "MicrovilliSettings",
    "SimulatorSettings",
    "VideoSettings",
]

SimulatorSettings = Annotated[
    HelaSettings | MicrovilliSettings, Field(discriminator="kind")
]
