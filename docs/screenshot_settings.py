"""Settings of the runs in the documentation's pictures: a few minutes on two cores."""

from napari_asist.simulation.settings import NucleiSettings
from napari_asist.workflow.presets import PRESETS

PIXEL_SIZE = 0.645
"""Micrometers."""

NUCLEI = NucleiSettings(
    videos=1,
    frames=12,
    height=160,
    width=160,
    objects=14,
    appearing=1,
    disappearing=1,
    mitoses=3,
    radius_mean=9,
    radius_max=12,
    elongation=0.2,
)
CYCLEGAN = {
    "encoding": "brightness",
    "adds_input": True,
    "filters": 8,
    "blocks": 2,
    "discriminator_filters": 8,
    "patch": 64,
    "steps": 220,
    "mask_steps": 20,
    "learning_rate": 1e-3,
    "identity_weight": 0.0,
}
FITTED = {
    **PRESETS["demo"],
    "depth": {
        "steps": 1000,
        "patch": 128,
        "batch": 4,
        "scenes": {"side": 256, "frames": 4},
    },
}
"""The demo's engine: the depth network on fresh frames from the fitted microscope."""
