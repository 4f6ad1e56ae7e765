"""How long the napari window stops responding while a network is trained in it.

Opens napari with the panel Train and trains the RSHN of the preset
``paper-small`` on the CPU, with a timer of 10 ms in the window. Prints the longest
gap between two of its ticks and the 99th percentile, without and during training.
Run it with a display, or with ``xvfb-run -a``.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QTimer

from napari_asist.plugin.session import session_of
from napari_asist.plugin.training.panel import NetworkPanel
from napari_asist.workflow.recipe import Recipe, make_recipe

TICK_MILLISECONDS = 10
IDLE_SECONDS = 10
LONGEST = 600


class Gaps:
    """Record how long the event loop was busy between ticks of a timer."""

    def __init__(self) -> None:
        self._gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        """Discard the recorded gaps."""
        self._gaps, self._last = [], time.perf_counter()

    def summary(self, name: str) -> str:
        """Return the gaps since the last `begin` as one line."""
        gaps = 1000 * np.asarray(self._gaps)
        return (
            f"{name:28} longest {gaps.max():6.0f} ms, 99 % below "
            f"{np.percentile(gaps, 99):5.0f} ms, over 200 ms: {(gaps > 200).sum()}"
        )

    def _tick(self) -> None:
        now = time.perf_counter()
        self._gaps.append(now - self._last)
        self._last = now


def main(arguments: list[str] | None = None) -> int:
    """Measure and print.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="duration of the training phase"
    )
    options = parser.parse_args(arguments)
    viewer = napari.Viewer()
    viewer.window.resize(1366, 768)
    viewer.open_sample("napari-asist", "virtual-nuclei")
    session = session_of(viewer)
    session.set_recipe(small_recipe())
    panel = NetworkPanel(viewer)
    viewer.window.add_dock_widget(panel, name="Embedding")
    work = session.work
    with tempfile.TemporaryDirectory() as folder:
        session.set_run(Path(folder) / "run")
        gaps = Gaps()
        wait(2)
        gaps.begin()
        wait(IDLE_SECONDS)
        print(gaps.summary("no training"))

        gaps.begin()
        prepare(panel)
        wait_until(lambda: not work.is_running)
        print(gaps.summary("simulate, fit, draw"))

        gaps.begin()
        panel.start.click()
        wait_until(lambda: not panel.progress.plot.is_empty or not work.is_running)
        print(gaps.summary("refine, import, first steps"))

        gaps.begin()
        before, began = work.state.done, time.monotonic()
        wait(options.seconds)
        pace = (work.state.done - before) / (time.monotonic() - began)
        print(gaps.summary("training"), f"({pace:.2f} steps/s)")

        gaps.begin()
        work.stop()
        wait_until(lambda: not work.is_running)
        print(gaps.summary("save and stop"))
    print(panel.bar.message.text())
    viewer.close()
    return 0


def small_recipe() -> Recipe:
    """Return the preset laptop, whose network is paper-small's, with few frames."""
    size = {"videos": 2, "frames": 16, "height": 256, "width": 256}
    return make_recipe("laptop", changes=[{"estimate": size}])


def prepare(panel: NetworkPanel) -> None:
    """Run the stages before those of the panel."""
    from napari_asist.plugin.training.state import source_of

    session = panel.session
    assert session.run is not None
    video, channel = source_of(session)
    stages = ("simulate", "synthesize")
    session.work.start(video, channel, session.recipe, session.run, stages)


def wait(seconds: float) -> None:
    """Process events for some time."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def wait_until(is_done: Callable[[], bool]) -> None:
    """Process events until a condition is met.

    Raises
    ------
    TimeoutError
        If it is not met in time.
    """
    end = time.monotonic() + LONGEST
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError("the work did not finish")
        wait(0.1)


if __name__ == "__main__":
    sys.exit(main())
