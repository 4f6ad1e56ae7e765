"""Presets: how each differs from the defaults of the settings.

The defaults are the published method at its published sizes. A preset is only numbers
and names of engines; all presets go through the same code.
"""

from collections.abc import Mapping
from typing import Any

PAPER: Mapping[str, Any] = {}
"""The published method at its published sizes: for a GPU."""

PAPER_SMALL: Mapping[str, Any] = {
    "estimate": {"videos": 2, "frames": 48, "height": 384, "width": 384},
    "synthesis": {
        "filters": 12,
        "blocks": 3,
        "discriminator_filters": 24,
        "patch": 128,
        "batch": 2,
        "steps": 2000,
        "mask_steps": 500,
    },
    "embedding": {"patch": 96, "frames": 4, "channels": 16, "levels": 5, "steps": 4000},
    "tracking": {"window": 4},
}
"""The same flow, sized for two CPU cores and two hours."""

DEMO: Mapping[str, Any] = {
    "estimate": {"videos": 1, "frames": 24, "height": 256, "width": 256},
    "synthesis": {
        "filters": 12,
        "blocks": 3,
        "discriminator_filters": 24,
        "patch": 96,
        "batch": 2,
        "steps": 400,
        "mask_steps": 150,
    },
    "refinement": {"downsampling": 2},
    "embedding": {"patch": 64, "frames": 4, "channels": 16, "levels": 4, "steps": 1200},
    "tracking": {"window": 4},
}
"""The same flow, sized for the demo's small video."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "paper": PAPER,
    "paper-small": PAPER_SMALL,
    "demo": DEMO,
}
DEFAULT_PRESET = "paper-small"
