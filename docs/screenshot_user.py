"""A simulated user for the documentation's pictures: one window, clicks and waiting."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import napari
import numpy as np
from PIL import Image
from qtpy.QtCore import QEventLoop, QTimer

from napari_asist.plugin.dock import DONE, GuidedDock
from napari_asist.plugin.session import session_of

SIZE = (1366, 768)
LONGEST_SECONDS = 600
POLL_MILLISECONDS = 20
SETTLED_MILLISECONDS = 1200


class User:
    """A user who knows the names of the steps."""

    def __init__(self) -> None:
        self.viewer = napari.Viewer()
        self.viewer.window.resize(*SIZE)
        self.session = session_of(self.viewer)
        window = self.viewer.window
        _, self.dock = window.add_plugin_dock_widget("napari-asist", "ASIST")
        assert isinstance(self.dock, GuidedDock)

    def go_to(self, step: str) -> Any:
        """Click a step's button and return its panel."""
        for button in self.dock.buttons:
            if button.text().removeprefix(DONE) == step:
                button.click()
        return self.dock.panel

    def wait_for_run(self) -> None:
        """Wait until no stage is running.

        Raises
        ------
        RuntimeError
            If a stage failed.
        """
        wait_until(lambda: not self.session.work.is_running)
        wait(100)

    def take_pictures(self, path: Path, themes: Sequence[str]) -> None:
        """Save a picture of the whole window, once in each theme.

        Parameters
        ----------
        path : Path
            Without its extension.
        themes : sequence of str
        """
        for theme in themes:
            self.viewer.theme = theme
            self.viewer.window.resize(*SIZE)
            wait(SETTLED_MILLISECONDS)
            shown = self.viewer.screenshot(canvas_only=False, flash=False)
            picture = Image.fromarray(np.asarray(shown)[..., :3])
            ending = "" if theme == themes[0] else f"-{theme}"
            named = path.with_name(f"{path.name}{ending}.png")
            picture.save(named, optimize=True)


def wait(milliseconds: int) -> None:
    """Process events for some time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(is_done: Callable[[], bool]) -> None:
    """Process events until a condition is met.

    Raises
    ------
    TimeoutError
        If it is not met in time.
    """
    for _ in range(1000 * LONGEST_SECONDS // POLL_MILLISECONDS):
        if is_done():
            return
        wait(POLL_MILLISECONDS)
    raise TimeoutError("the panel did not finish")
