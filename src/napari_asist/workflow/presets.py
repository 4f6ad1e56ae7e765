"""Presets: how each differs from the default settings.

The defaults are the published method at its published sizes, except that whole frames
are embedded at once. A preset consists only of numbers and names of engines; all
presets use the same code.
"""

from collections.abc import Mapping
from typing import Any

PAPER: Mapping[str, Any] = {"tracking": {"tile": 256, "overlap": 128}}
"""The published method at its published sizes, with tiles: for a GPU."""

PAPER_SMALL: Mapping[str, Any] = {
    "estimate": {"videos": 3, "frames": 24, "crowding": 2.4},
    "synthesis": {
        "encoding": "brightness",
        "adds_input": True,
        "noise": 0.1,
        "filters": 12,
        "blocks": 4,
        "discriminator_filters": 16,
        "patch": 128,
        "steps": 800,
        "mask_steps": 400,
        "learning_rate": 5e-4,
        "cycle_weight": 3.0,
        "identity_weight": 0.0,
        "consistency_weight": 5.0,
    },
    "refinement": {"downsampling": 2, "outlines": True},
    "embedding": {
        "channels": 16,
        "levels": 5,
        "downsampling": 2,
        "frames": 2,
        "patch": 192,
        "steps": 8000,
        "learning_rate": 2e-3,
        "schedule": "cosine",
        "pull": "linear",
        "balanced_background": False,
        "augmentation": {"clip_shift": 0.2, "clip_scale": 0.3, "elastic": 6.0},
    },
    "tracking": {"window": 2, "bandwidth": 0.3, "radius": 24.0},
}
"""The same workflow, sized for two CPU cores and two hours.

Generators initialized as the identity and gray levels for brightness keep objects in
place, even dim ones, after a few hundred steps; see `docs/presets.md`.
"""

LAPTOP: Mapping[str, Any] = {
    "engine": "depth",
    # Training draws its own scenes; these videos are for the report and for inspection.
    "estimate": {"videos": 1, "frames": 12},
    "synthesis": {"engine": "renderer"},
    # Rendered borders already match the labels.
    "refinement": {"deformation": "none", "prefilter": False, "cleaning": False},
}
"""The compact network on new frames of the virtual microscope fitted to the video: at
most eight minutes on two CPU cores from raw frames to tracks."""

DEMO: Mapping[str, Any] = {
    **LAPTOP,
    # The virtual microscope's labels end at half maximum.
    "estimate": {**LAPTOP["estimate"], "border": 0.5},
    "depth": {"steps": 500},
}
"""The same as ``laptop``, sized for the demo's small video."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "paper": PAPER,
    "paper-small": PAPER_SMALL,
    "laptop": LAPTOP,
    "demo": DEMO,
}
DEFAULT_PRESET = "laptop"
