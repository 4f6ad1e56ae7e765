"""Time from a changed setting to the canvas in the simulator's preview, and before it.

The first line is the time of the quick look at a video of 1024 × 1024 px, after which
the first preview resembles it.

Run it from the checkout, with a display: ``python benchmarks/preview.py``, or
``xvfb-run -a python benchmarks/preview.py``. It clicks the arrow of a number in the
panel and stops the clock when the canvas with the new labels has been drawn, which is
forced by reading its pixels.
"""

import argparse
import sys
from time import perf_counter
from typing import Any

import dask.array as da
import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QTimer

from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.plugin.simulate.panel import SimulatorPanel
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import Video
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.quick_look import quick_look
from napari_asist.workflow.recipe import make_recipe

LONGEST = 10_000
PAUSE = 150
"""Milliseconds; the pause is between two changes."""
SCENES: dict[str, tuple[SimulatorSettings, str]] = {
    "150 nuclei, radius": (NucleiSettings(), "radius_mean"),
    "150 nuclei, objects": (NucleiSettings(), "objects"),
    "150 stars in clusters, radius": (
        NucleiSettings(shape="star", elongation=0.3, clustering=1),
        "radius_mean",
    ),
    "100 sticks, length": (MicrovilliSettings(), "length_mean"),
    "100 sticks apart, length": (MicrovilliSettings(overlap=1), "length_mean"),
}


def main(arguments: list[str] | None = None) -> int:
    """Print a table of times.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=50)
    options = parser.parse_args(arguments)
    seconds = one_look()
    print(f"quick look at 1024 × 1024 px: {seconds:.2f} s", flush=True)
    viewer = napari.Viewer()
    viewer.add_image(np.random.default_rng(0).normal(size=(50, 512, 512)))
    panel = SimulatorPanel(viewer)
    viewer.window.add_dock_widget(panel)
    print(f"{'512 × 512 px, 50 frames, ms':<34}{'frame':>6}{'median':>9}{'95 %':>9}")
    for name, (settings, field) in SCENES.items():
        for time in (0, 25):
            panel.form.set_value(settings)
            viewer.dims.set_current_step(0, time)
            wait_for(panel, settings)
            times = [one_change(viewer, panel, field) for _ in range(options.changes)]
            middle, high = 1e3 * np.percentile(times, (50, 95))
            print(f"{name:<34}{time:>6}{middle:>9.1f}{high:>9.1f}", flush=True)
    viewer.close()
    return 0


def one_look() -> float:
    """Return the seconds that a look at two frames takes."""
    nuclei = NucleiSettings(frames=2, height=1024, width=1024, objects=300)
    frames = render_video(simulate_video(nuclei, 0), MicroscopeSettings(), 0)
    video = Video(da.from_array(frames, (1, -1, -1)), "nuclei")
    recipe = make_recipe(DEFAULT_PRESET)
    quick_look(video, recipe)  # compiles
    began = perf_counter()
    quick_look(video, recipe)
    return perf_counter() - began


def one_change(viewer: napari.Viewer, panel: SimulatorPanel, name: str) -> float:
    """Click an arrow and return the seconds until the canvas is drawn.

    The setting goes up and down alternately, so that it ends where it started.
    """
    field: Any = panel.form.model.fields[name]
    is_raised = getattr(one_change, "is_raised", False)
    one_change.is_raised = not is_raised  # type: ignore[attr-defined]
    began = perf_counter()
    field.stepBy(-1 if is_raised else 1)
    wait_for(panel, panel.settings)
    viewer.screenshot(flash=False)
    seconds = perf_counter() - began
    let_work(PAUSE)
    return seconds


def wait_for(panel: SimulatorPanel, settings: SimulatorSettings) -> None:
    """Process events until the layer shows the settings.

    Raises
    ------
    TimeoutError
        If it does not.
    """
    loop = QEventLoop()
    panel.player.shown.connect(loop.quit)
    QTimer.singleShot(LONGEST, loop.quit)
    while panel.player.shown_settings != settings:
        # Sleep between events: a busy loop would starve the thread.
        loop.exec()
        if panel.player.shown_settings is None:
            raise TimeoutError("the preview did not appear")


def let_work(milliseconds: int) -> None:
    """Process events for some time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())
