"""Effect of an image translation network on top of the renderer's frames.

Run it from the checkout: ``python benchmarks/translation.py --seeds 3 --out DIR``; it
takes hours. The simulator and the renderer are fitted to HeLa 01 and to PSC 01. Cut and
CycleGAN then learn to turn rendered frames into real ones. Their generators add what
they draw to their input, so objects stay where their labels are. Depth networks are
trained on scenes as rendered, and on the same scenes translated. The table shows their
scores as in `ablation.py`, and the CPU minutes of the translation's training.

``sheet.png`` in each translation's folder shows a rendered frame, the same frame
translated, and a part of a real one. The ground truth is read last. The videos are
looked up in the folder that NAPARI_ASIST_DATA names, or else in ``../shared/data``. The
same command resumes an interrupted run; use another ``--out`` for changed code.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from challenge_data import data_folder, missing_parts
from numpy.typing import NDArray
from skimage.io import imsave
from trained_scenes import (
    VIDEOS,
    Fitted,
    add_options,
    fitted_job,
    fitted_to,
    scores,
    shortened,
    shown,
    table_of_means,
    tracked,
)

from napari_asist.depth.scenes import Scene, SceneSource, scene_of
from napari_asist.events import StopFlag
from napari_asist.synthesis.engines.contrastive import ContrastiveTranslation
from napari_asist.synthesis.engines.cyclegan import CycleGAN
from napari_asist.synthesis.engines.networks import (
    Generator,
    build_generator,
    translate,
)
from napari_asist.synthesis.engines.training_data import CropSource
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.loop import train
from napari_asist.workflow.stages import Job

ENGINES = {"cut": ContrastiveTranslation, "cyclegan": CycleGAN}
FRAMES = 40
"""Maximum number of real frames from which a generator learns."""

SCENES, PLACES = 24, (0, 3)
"""Number of rendered scenes from which a generator learns, and frames taken of each."""

FIRST = 100_000
"""Number of the first of these scenes; networks are trained on those with lower
numbers."""

SHOWN = 512
"""Side of the frames in sheets, in standard px."""

Line = dict[str, float | None]


@dataclass(frozen=True, eq=False)
class TranslatedScenes:
    """Rendered scenes, translated by a generator; their labels are the same.

    Parameters
    ----------
    source : SceneSource
    generator : Generator
    """

    source: SceneSource
    generator: Generator

    def scene(self, number: int) -> Scene:
        """Draw scene ``number``."""
        images, labels = self.source.labeled(number)
        return scene_of(self.translated(images), labels)

    @torch.no_grad()
    def translated(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Translate frames, of shape (T, Y, X), on the networks' scale.

        Pixels above 1, which a generator cannot draw, are kept.
        """
        frames = [
            np.where(frame > 1, frame, translate(self.generator, _input(frame)).numpy())
            for frame in images
        ]
        return np.stack(frames).astype(np.float32)


def main(arguments: list[str] | None = None) -> int:
    """Print a table for each video.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder to work in")
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds")
    parser.add_argument("--engines", nargs="+", choices=[*ENGINES], default=[*ENGINES])
    parser.add_argument(
        "--steps", type=int, default=600, help="of the translation's training"
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    for name in options.only or VIDEOS:
        sequence = data_folder() / VIDEOS[name]
        if missing := missing_parts(sequence):
            print(f"{name}: skipped, {sequence.parent} has no {', '.join(missing)}")
            continue
        out = options.out / name
        if options.frames:
            sequence = shortened(sequence, out / "video", options.frames)
        job = fitted_job(sequence, out / "base", options.changes)
        rows: dict[str, list[Line]] = {}
        for engine in [None, *options.engines]:
            title = engine or "renderer alone"
            folder = out / title.replace(" ", "_")
            for seed in range(options.seeds):
                line = _measured(engine, options.steps, seed, job, folder, sequence)
                rows.setdefault(title, []).append(line)
                cells = (f"{key} {shown(value)}" for key, value in line.items())
                print(f"{title} seed {seed}  " + "  ".join(cells), flush=True)
        table = "\n".join(table_of_means("scenes", rows))
        print(f"\n{name}\n{table}\n", flush=True)
    return 0


def _measured(
    engine: str | None, steps: int, seed: int, job: Job, folder: Path, sequence: Path
) -> Line:
    kept = folder / f"seed-{seed}" / "scores.json"
    if not kept.exists():
        fitted = fitted_to(job).seeded(seed)
        scenes, minutes = None, None
        if engine:
            generator, minutes = _generator(engine, steps, fitted_to(job), job, folder)
            scenes = TranslatedScenes(fitted.scenes, generator)
        result = tracked(fitted, job, kept.parent, scenes)
        line = {**scores(sequence, result), "translation, CPU min": minutes}
        kept.write_text(json.dumps(line, indent=1), encoding="utf-8")
    found: Line = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _generator(
    engine: str, steps: int, fitted: Fitted, job: Job, folder: Path
) -> tuple[Generator, float]:
    """Train a generator or load it; return it and the CPU minutes of its training."""
    settings = _settings(engine, steps)
    generator = build_generator(settings)
    weights, duration = folder / "generator.pt", folder / "minutes.json"
    if not duration.exists():
        began = time.process_time()
        training = ENGINES[engine](
            CropSource(_real(job, fitted), settings.patch),
            CropSource(_rendered(fitted.scenes), settings.patch),
            settings,
            steps,
            fitted.recipe.seed,
            torch.device("cpu"),
        )
        for _ in train(training, "translation", folder / "main", steps, StopFlag()):
            pass
        torch.save(training.networks["generator_b"].state_dict(), weights)
        duration.write_text(json.dumps((time.process_time() - began) / 60), "utf-8")
    generator.load_state_dict(torch.load(weights, weights_only=True))
    generator.eval().requires_grad_(False)
    _show(TranslatedScenes(fitted.scenes, generator), job, folder / "sheet.png")
    return generator, float(json.loads(duration.read_text("utf-8")))


def _settings(engine: str, steps: int) -> SynthesisSettings:
    """Return settings as in the preset laptop-cyclegan, with fewer filters."""
    return SynthesisSettings(
        engine="cut" if engine == "cut" else "cyclegan",
        mask="drawn",
        adds_input=True,
        filters=12,
        blocks=3,
        discriminator_filters=16,
        patch=128,
        batch=2,
        learning_rate=5e-4,
        cycle_weight=10 if engine == "cut" else 3,
        steps=steps,
    )


def _real(job: Job, fitted: Fitted) -> list[NDArray[np.float32]]:
    times = np.unique(np.linspace(0, len(job.frames) - 1, FRAMES).round().astype(int))
    frames = [fitted.scaling.apply(np.asarray(job.frames[int(time)])) for time in times]
    return [np.minimum(frame, 1) for frame in frames]


def _rendered(source: SceneSource) -> list[NDArray[np.float32]]:
    scenes = (source.labeled(FIRST + number)[0] for number in range(SCENES))
    return [np.minimum(images[place], 1) for images in scenes for place in PLACES]


def _input(frame: NDArray[np.float32]) -> torch.Tensor:
    return torch.from_numpy(np.minimum(frame, 1))


def _show(scenes: TranslatedScenes, job: Job, path: Path) -> None:
    images, _ = scenes.source.labeled(FIRST + SCENES)
    middle = np.asarray(job.frames[len(job.frames) // 2])
    real = np.full((SHOWN, SHOWN), -1, np.float32)
    part = scenes.source.scaling.apply(middle)[:SHOWN, :SHOWN]
    real[: part.shape[0], : part.shape[1]] = part
    pair = [images[0], scenes.translated(images[:1])[0]]
    sheet = np.concatenate([*(frame[:SHOWN, :SHOWN] for frame in pair), real], axis=1)
    shades = np.round(255 * np.clip((sheet + 1) / 2, 0, 1)).astype(np.uint8)
    imsave(path, shades, check_contrast=False)


if __name__ == "__main__":
    sys.exit(main())
