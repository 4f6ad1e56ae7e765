"""Settings of the runs in the documentation's pictures: some minutes on two cores."""

from napari_asist.simulation.settings import HelaSettings

PIXEL_SIZE = 0.645
"""Micrometres."""

NUCLEI = HelaSettings(
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
EMBEDDING = {
    "channels": 8,
    "levels": 3,
    "frames": 2,
    "patch": 64,
    "steps": 1500,
    "learning_rate": 5e-3,
    "pull": "linear",
    "balanced_background": False,
}
RENDERED = {
    "synthesis": {"engine": "renderer"},
    "refinement": {"deformation": "none", "prefilter": False, "cleaning": False},
    "tracking": {"window": 2},
    "embedding": EMBEDDING,
}
