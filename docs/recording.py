"""Record the window from a dropped video to its tracks, for the README.

Run it from the checkout, with a display: ``python docs/recording.py``, or
``xvfb-run -a -s "-screen 0 1600x1000x24" python docs/recording.py``. It writes
``docs/images/recording.gif`` from a video of the virtual microscope.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageDraw
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QWidget
from screenshot_settings import PIXEL_SIZE
from screenshot_user import User, wait, wait_until

from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video

OUT = Path(__file__).parent / "images" / "recording.gif"
WIDTH, COLORS = 960, 255
SHORT, LONG = 140, 1500
"""Milliseconds for which a picture is shown: in a sequence, and to be read."""

CELLS = NucleiSettings(
    videos=1,
    frames=24,
    height=320,
    width=320,
    objects=40,
    appearing=2,
    disappearing=2,
    mitoses=8,
    radius_mean=11,
    radius_max=14,
    elongation=0.2,
)
CURSOR = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
"""Outline of an arrow, in pixels."""


class Recording:
    """Pictures of a window, each with the time for which it is shown."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._pictures: list[Image.Image] = []
        self._times: list[int] = []

    def take(self, milliseconds: int, under: QWidget | None = None) -> None:
        """Add a picture, with a mouse pointer over a widget if one is given."""
        wait(60)
        shown: Any = self._user.viewer.screenshot(canvas_only=False, flash=False)
        picture = Image.fromarray(np.asarray(shown)[..., :3])
        if under is not None:
            window = self._user.viewer.window._qt_window
            place = under.mapTo(window, QPoint(under.width() // 2, under.height() // 2))
            outline = [(place.x() + x, place.y() + y) for x, y in CURSOR]
            ImageDraw.Draw(picture).polygon(outline, fill="white", outline="black")
        height = round(picture.height * WIDTH / picture.width)
        self._pictures.append(picture.resize((WIDTH, height), Image.Resampling.LANCZOS))
        self._times.append(milliseconds)

    def save(self, path: Path) -> None:
        """Write an animation in which all pictures share their colors."""
        sampled = np.concatenate([np.asarray(one) for one in self._pictures[::2]])
        colors = Image.fromarray(sampled).quantize(
            COLORS, method=Image.Quantize.FASTOCTREE
        )
        shown = [
            picture.quantize(palette=colors, dither=Image.Dither.NONE)
            for picture in self._pictures
        ]
        shown[0].save(
            path,
            save_all=True,
            append_images=shown[1:],
            duration=self._times,
            loop=0,
            optimize=True,
        )


def main(arguments: list[str] | None = None) -> int:
    """Drop a video, click Track, and play the tracks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, metavar="FILE")
    options = parser.parse_args(arguments)
    user = User()
    recording = Recording(user)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.tif"
        tifffile.imwrite(
            path,
            render_video(simulate_video(CELLS, 3), MicroscopeSettings(), 3),
            imagej=True,
            resolution=(1 / PIXEL_SIZE, 1 / PIXEL_SIZE),
            metadata={"axes": "TYX", "unit": "um", "finterval": 600},
        )
        page = user.go_to("Start")
        recording.take(LONG)
        user.viewer.open(str(path), plugin="napari")
        user.viewer.dims.set_current_step(0, 0)
        user.viewer.reset_view()
        recording.take(LONG)
        wait_until(lambda: "It takes" in page.promise.text())
        recording.take(LONG, page.track)
        looks: list[bool] = []
        page.tracking.glimpsed.connect(lambda: looks.append(True))
        page.track.click()
        wait_until(lambda: bool(looks))
        recording.take(LONG)
        wait_until(lambda: not page.tracking.is_running)
        recording.take(LONG)
        for time in range(CELLS.frames):
            user.viewer.dims.set_current_step(0, time)
            recording.take(SHORT)
        recording.take(LONG, page.inspect)
        page.inspect.click()
        panel = user.dock.panel
        wait_until(lambda: panel.table.tracks.rowCount() > 0)
        recording.take(2 * LONG)
    recording.save(options.out)
    user.viewer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
