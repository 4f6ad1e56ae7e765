"""The smallest run that includes every stage: 64 px, 8 frames, a few steps."""

import os
import subprocess
from pathlib import Path
from typing import Any

import tifffile

from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.workflow.recipe import Recipe, make_recipe

NUCLEI: dict[str, Any] = {
    "kind": "nuclei",
    "videos": 1,
    "frames": 8,
    "height": 64,
    "width": 64,
    "objects": 5,
    "appearing": 0,
    "disappearing": 0,
    "mitoses": 0,
    "radius_mean": 8,
    "radius_max": 10,
    "rim": 0,
}
TINY: dict[str, Any] = {
    # Frames are not resampled: with a radius of 8 px they would be enlarged.
    "scale": {"object_radius": 13},
    "simulation": NUCLEI,
    "synthesis": {
        "filters": 4,
        "blocks": 1,
        "discriminator_filters": 4,
        "patch": 32,
        "steps": 5,
        "mask_steps": 3,
    },
    # Generators show no objects after five steps; nothing is judged by them.
    "refinement": {"deformation": "none", "prefilter": False, "cleaning": False},
    "embedding": {"channels": 8, "levels": 3, "frames": 2, "patch": 32, "steps": 5},
    # After so few steps, embeddings are noise: mean shift would hardly converge.
    "tracking": {
        "window": 2,
        "radius": 13,
        "seeds": 16,
        "seed_spacing": 8,
        "shift_rounds": 20,
    },
}


TINY_DEPTH: dict[str, Any] = {
    **{name: TINY[name] for name in ("scale", "simulation", "refinement")},
    "engine": "depth",
    "synthesis": {"engine": "renderer"},
    "depth": {
        "channels": (4, 8),
        "patch": 32,
        "batch": 2,
        "steps": 240,
        "warm_up": 5,
        "scenes": {"side": 64, "kept": 2, "steps_each": 20},
    },
    # After so few steps, objects are small and faint.
    "depth_tracking": {
        "smallest": 0.02,
        "smallest_at_edge": 0.02,
        "small_track": 0,
        "least_contrast": -100,
        "evidence": 0,
    },
}
"""The same with the depth network, which learns from new scenes."""


def tiny_recipe(**sections: Any) -> Recipe:
    """Return the tiny recipe, with changes."""
    return make_recipe(changes=[TINY, sections])


def tiny_depth_recipe(**sections: Any) -> Recipe:
    """Return the tiny recipe of the depth engine, with changes."""
    return make_recipe(changes=[TINY_DEPTH, sections])


def drawing_processes() -> set[int]:
    """Return the ids of this process's children that draw scenes."""
    output = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    rows = [line.split(maxsplit=1) for line in output]
    return {int(pid) for pid, command in rows if "spawn_main" in command}


def write_tiny_video(path: Path, seed: int = 1) -> Path:
    """Write a video rendered by the virtual microscope as one TIFF file."""
    settings = NucleiSettings.model_validate(NUCLEI)
    images = render_video(simulate_video(settings, seed), MicroscopeSettings(), seed)
    tifffile.imwrite(path, images, metadata={"axes": "TYX"})
    return path
