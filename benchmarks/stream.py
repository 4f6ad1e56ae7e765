"""Test whether the depth network waits for the fresh scenes it learns from.

Run it from the checkout: ``python benchmarks/stream.py``. Scenes of the preset's size
are drawn by parallel processes during training, as in a run. This is compared with the
same training, on as many threads, on scenes drawn in advance, which shows the cost of
fresh scenes. The two alternate. The output is the steps per second in float32 and in
bfloat16, the scenes that one process draws per second and those that training uses,
the fraction of the time that steps have waited, not counting the first ones, for which
nothing can be drawn ahead, and the CPU seconds per step, which a busy machine affects
least.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from training import SCENE

from napari_asist.cores import usable_cores
from napari_asist.depth.scenes import Scene, SceneSource
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.stream import SceneStream
from napari_asist.depth.train import DepthTraining
from napari_asist.estimation.drawn_borders import drawn_border
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.scaling import ScalingSettings, fit_scaling
from napari_asist.simulation.simulate import simulate_video
from napari_asist.training.precision import cpu_gains_from_bfloat16
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.recipe import make_recipe

WARM_UP = 3
"""Steps before timing starts."""

BLOCK = 60
"""Steps after which the two kinds of training alternate, because other programs
interfere. Scenes drawn during the other's turn last for only a few steps."""

DRAWN = 5
"""Number of scenes whose drawing is timed, after one to compile all code."""


class PreDrawn(SceneStream[Scene]):
    """A stream with the same scenes for each step."""

    def __init__(self, scenes: Sequence[Scene]) -> None:
        super().__init__(scenes.__getitem__, 1, len(scenes), 1, 0)
        self._all = scenes

    def at(self, step: int) -> Sequence[Scene]:
        """Return all scenes."""
        return self._all


def main(arguments: list[str] | None = None) -> int:
    """Print a table.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=120, help="number of timed steps")
    parser.add_argument(
        "--workers", type=int, help="drawing processes (default: half of the cores)"
    )
    options = parser.parse_args(arguments)
    settings = make_recipe(DEFAULT_PRESET).depth.changed(
        steps=options.steps + WARM_UP, device="cpu"
    )
    workers = options.workers or max(1, usable_cores() // 2)
    threads = max(1, usable_cores() - workers)
    torch.set_num_threads(threads)
    source = scene_source(settings)
    source.scene(0)
    times = []
    for number in range(DRAWN):
        began = perf_counter()
        source.scene(number)
        times.append(perf_counter() - began)
    print(
        f"{usable_cores()} cores, {threads} threads train, {workers} processes draw, "
        f"load {os.getloadavg()[0]:.1f}, PyTorch {torch.__version__}"
    )
    print(
        f"One process draws {1 / median(times):.1f} scenes/s "
        f"({settings.scenes.frames} frames of {settings.scenes.side} px); training "
        f"uses a new one every {settings.scenes.steps_each} steps."
    )
    print(
        f"{'':<12}{'pre-drawn':>14}{'fresh':>14}{'ratio':>8}{'waited':>9}{'used':>16}"
        f"{'CPU/step':>12}"
    )
    first = [
        source.scene(number) for number in range(max(1, settings.scenes.kept // 4))
    ]
    for precision in ("float32", "bfloat16"):
        _print_speeds(source, first, settings.changed(precision=precision), workers)
    auto = "bfloat16" if cpu_gains_from_bfloat16() else "float32"
    print(f"On this CPU, precision auto means {auto}.")
    return 0


def scene_source(settings: DepthSettings) -> SceneSource:
    """Return a source of scenes of nuclei with the default microscope.

    Parameters
    ----------
    settings : DepthSettings
    """
    microscope = MicroscopeSettings()
    simulator = SCENE.changed(border=None)
    frames = render_video(simulate_video(simulator.changed(frames=3), 0), microscope, 0)
    scaling = fit_scaling(frames, ScalingSettings())
    border = drawn_border(simulator, scaling)
    return SceneSource(simulator, microscope, scaling, border, settings.scenes, 0)


def _print_speeds(
    source: SceneSource, scenes: Sequence[Scene], settings: DepthSettings, workers: int
) -> None:
    stream = SceneStream(
        source.scene,
        settings.scenes.steps_each,
        settings.scenes.kept,
        settings.steps,
        workers,
    )
    fixed, fresh = Trained(PreDrawn(scenes), settings), Trained(stream, settings)
    try:
        for first in range(0, settings.steps, BLOCK):
            block = range(first, min(first + BLOCK, settings.steps))
            for trained in (fixed, fresh) if first // BLOCK % 2 else (fresh, fixed):
                trained.take(block)
    finally:
        stream.close()
    taken = f"{fresh.speed / settings.scenes.steps_each:.2f} scenes/s"
    print(
        f"{settings.precision:<12}"
        f"{fixed.speed:>6.2f} steps/s{fresh.speed:>6.2f} steps/s"
        f"{fresh.speed / fixed.speed:>8.2f}{100 * fresh.waiting:>7.1f} %{taken:>16}"
        f"{fresh.cpu_seconds / fresh.steps:>10.3f} s",
        flush=True,
    )


class Trained:
    """A training run and the time taken by its steps.

    Parameters
    ----------
    stream : SceneStream
    settings : DepthSettings
    """

    def __init__(self, stream: SceneStream[Scene], settings: DepthSettings) -> None:
        self._stream = stream
        self._training = DepthTraining(stream, settings, 0)
        self.steps, self.seconds, self.cpu_seconds, self.waited = 0, 0.0, 0.0, 0.0

    def take(self, block: range) -> None:
        """Run some steps; those of the warm-up do not count."""
        for number in block:
            began, used = perf_counter(), process_time()
            waited = self._stream.waited
            losses = self._training.step(number)
            if number < WARM_UP:
                continue
            self.steps += 1
            self.seconds += perf_counter() - began
            self.cpu_seconds += process_time() - used
            self.waited += self._stream.waited - waited
        if not np.isfinite(list(losses.values())).all():
            raise AssertionError(f"losses are not finite: {losses}")

    @property
    def speed(self) -> float:
        """Steps per second."""
        return self.steps / self.seconds

    @property
    def waiting(self) -> float:
        """Fraction of the time that steps have waited for scenes."""
        return self.waited / self.seconds


if __name__ == "__main__":
    sys.exit(main())
