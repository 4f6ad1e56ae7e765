"""Train a ready-made model on simulations alone.

    python tools/train_models.py nuclei [--out DIR]

Each training scene shows another video: sizes, densities, shapes, motion, brightness,
blur, noise, background and texture are drawn from wide ranges (see
`napari_asist.depth.wide_scenes`). No frame of a microscope and no label of a person is
involved. The weights are stored in half precision in ``src/napari_asist/models``, with
the settings for their use. The same command resumes a stopped training; it takes about
an hour on two cores.
"""

import argparse
import sys
from pathlib import Path

import torch

from napari_asist.depth.settings import DepthSettings, SceneSettings
from napari_asist.depth.train import MODEL, train_depth
from napari_asist.depth.wide_scenes import WideScenes
from napari_asist.events import StopFlag
from napari_asist.progress import show
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.training.checkpoint import load_state, save_state
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.pretrained import KINDS, PRETRAINED
from napari_asist.workflow.recipe import make_recipe
from napari_asist.workflow.stages import settings_for_use

STEPS = 8_000
SCENES = SceneSettings(steps_each=3, kept=60, divisions_in_detail=True)
"""Twice as many scenes for a step as when a network learns from one video."""

SEED = 0


def main() -> int:
    """Train one model and store its weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=KINDS)
    parser.add_argument("--out", type=Path, default=Path("models"), metavar="DIR")
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    kind = KINDS[options.name]
    settings = DepthSettings(steps=options.steps, scenes=SCENES)
    recipe = make_recipe(DEFAULT_PRESET, changes=[{"estimate": {"simulator": kind}}])
    folder = options.out / options.name
    folder.mkdir(parents=True, exist_ok=True)
    draw = WideScenes(kind, SCENES, SEED).scene
    use = settings_for_use(recipe, STANDARD_RADIUS)
    show(train_depth(draw, settings, folder, SEED, StopFlag(), use))
    packed = PRETRAINED / f"{options.name}.safetensors"
    pack(folder / MODEL, packed)
    print(f"{packed}: {packed.stat().st_size / 1e6:.2f} MB")
    return 0


def pack(model: Path, packed: Path) -> None:
    """Store a model's weights in half precision."""
    state, metadata = load_state(model)
    weights = {
        name: value.half() if torch.is_floating_point(value) else value
        for name, value in state["depth"].items()
    }
    packed.parent.mkdir(exist_ok=True)
    save_state(packed, {"depth": weights}, **metadata)


if __name__ == "__main__":
    sys.exit(main())
