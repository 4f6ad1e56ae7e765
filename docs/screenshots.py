"""Takes the pictures of the panels for the documentation, in a real window.

Run it from the checkout, with a display: ``python docs/screenshots.py``, or
``xvfb-run -a -s "-screen 0 1600x1000x24" python docs/screenshots.py``. The videos are
those of the virtual microscope.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import napari
from qtpy.QtCore import QEventLoop, QTimer

from napari_asist.plugin.simulator_panel import SimulatorPanel

IMAGES = Path(__file__).parent / "images"
SIZE = (1366, 768)
LONGEST = 60_000


def main(arguments: list[str] | None = None) -> int:
    """Take all pictures.

    Parameters
    ----------
    arguments : list of str, optional
        The command line's by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="DIR")
    options = parser.parse_args(arguments)
    viewer = napari.Viewer()
    viewer.theme = options.theme
    viewer.window.resize(*SIZE)
    show_simulator(viewer)
    take_picture(viewer, options.out / "simulator.png")
    viewer.close()
    return 0


def show_simulator(viewer: napari.Viewer) -> None:
    """Show the simulator's panel with settings that match a video of nuclei."""
    viewer.open_sample("napari-asist", "virtual-nuclei")
    _, panel = viewer.window.add_plugin_dock_widget("napari-asist", "Simulator")
    assert isinstance(panel, SimulatorPanel)
    panel.form.set_value(panel.settings.changed(frames=30, videos=2))
    panel.match.click()
    wait_until(lambda: not panel.work.is_running)
    wait_until(lambda: panel.player.shown_settings == panel.settings)
    viewer.layers["simulated"].contour = 2
    viewer.layers["simulated"].opacity = 0.9
    viewer.dims.set_current_step(0, 14)


def take_picture(viewer: napari.Viewer, path: Path) -> None:
    """Save the whole window as a picture once it has settled."""
    viewer.window.resize(*SIZE)
    wait(1000)
    viewer.reset_view()
    wait(500)
    viewer.screenshot(str(path), canvas_only=False, flash=False)


def wait(milliseconds: int) -> None:
    """Let the window work for some time."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(is_done: Callable[[], bool]) -> None:
    """Let the window work until something has happened.

    Raises
    ------
    TimeoutError
        When it does not happen.
    """
    for _ in range(LONGEST // 50):
        if is_done():
            return
        wait(50)
    raise TimeoutError("the panel is not done")


if __name__ == "__main__":
    sys.exit(main())
