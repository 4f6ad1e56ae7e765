"""A Track panel in a real window, and a user."""

from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QPoint, QPointF, Qt

from napari_asist.labels import LabelVideo
from napari_asist.plugin.track.panel import ResultPanel

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000


class Results:
    """A viewer with the panel docked."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        self.panel = ResultPanel(viewer)
        self.dock = viewer.window.add_dock_widget(self.panel, name="Result")
        self.session = self.panel.session

    def show(self, video: LabelVideo, below: Any = None) -> None:
        """Show a result and wait until the panel shows it too."""
        self.session.result.show(video, "result", below)
        self.wait_for(video)

    def wait_for(self, video: LabelVideo) -> None:
        labels = video.tracks["label"].tolist()
        self.until(lambda: self.panel.table.tracks.labels == labels)

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, LEFT)

    def click_row(self, row: int) -> None:
        table = self.panel.table
        place = table.visualRect(table.model().index(row, 0)).center()
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=place)

    def click_plot(self, view: Any, box: Any, x: float, y: float) -> None:
        """Click a plot at given axis values."""
        scene = box.mapViewToScene(QPointF(x, y))
        place: QPoint = view.mapFromScene(scene)
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=place)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def message(self) -> str:
        return str(self.panel.bar.message.text())

    def frame(self) -> int:
        return int(self.viewer.dims.current_step[0])

    def color(self, label: int) -> list[int]:
        """Return the color that a label has on the canvas."""
        layer = self.session.result.labels
        assert layer is not None
        shade = np.asarray(layer.get_color(label))[:3] * 255
        return [int(part) for part in shade.round()]
