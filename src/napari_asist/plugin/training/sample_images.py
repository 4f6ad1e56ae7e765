"""What the networks produce now and produced before, as a strip of pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from qtpy.QtCore import Qt
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from napari_asist.events import SampleImage
from napari_asist.plugin.widgets.picture import Picture, image_of

CAPTIONS: Mapping[str, str] = {
    "images": "real → labels → real",
    "annotations": "labels → image → labels",
    "clip": "frames, and their embeddings below",
    "maps": "frame, foreground, depth, true depth",
}
"""Captions of the pictures, by their names in the training."""

LOWEST = 150
MOST_IN_MEMORY = 20

Pictures: TypeAlias = dict[str, QImage | Path]


class SampleStrip(QWidget):
    """The newest sample images; a slider goes back through earlier steps."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: dict[int, Pictures] = {}
        self._training = ""
        self.step = QLabel()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setToolTip("Earlier steps are to the left.")
        self.pictures: dict[str, Picture] = {}
        self._row = QHBoxLayout()
        bottom = QHBoxLayout()
        bottom.addWidget(self.slider, stretch=1)
        bottom.addWidget(self.step)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(self._row, stretch=1)
        layout.addLayout(bottom)
        self.setMinimumHeight(LOWEST)
        self.slider.valueChanged.connect(self._show)
        self._renew(is_at_end=True)

    @property
    def steps(self) -> list[int]:
        """Steps that have pictures, earliest first."""
        return sorted(self._steps)

    def set_samples(
        self, training: str, files: Mapping[int, Mapping[str, Path]]
    ) -> None:
        """Show the pictures of a training that are on disk, at the newest step.

        Parameters
        ----------
        training : str
        files : mapping of int to mapping of str to Path
            By step and name.
        """
        self._training = training
        self._steps = {step: dict(files[step]) for step in sorted(files)}
        self._renew(is_at_end=True)

    def take(self, event: SampleImage) -> None:
        """Add a picture; an earlier step that is being viewed stays in view."""
        if event.stage != self._training:
            self._training, self._steps = event.stage, {}
        is_at_end = self.slider.value() == self.slider.maximum()
        own = self._steps.setdefault(event.step, {})
        own[event.name] = image_of(event.image)
        self._thin()
        self._renew(is_at_end)

    def _thin(self) -> None:
        """Keep memory bounded by dropping every other earlier step."""
        kept = [
            step
            for step in self.steps
            if any(isinstance(one, QImage) for one in self._steps[step].values())
        ]
        if len(kept) > 2 * MOST_IN_MEMORY:
            for step in kept[1:-MOST_IN_MEMORY:2]:
                del self._steps[step]

    def _renew(self, is_at_end: bool) -> None:
        blocked = self.slider.blockSignals(True)
        place = self.slider.value()
        self.slider.setRange(0, max(0, len(self._steps) - 1))
        self.slider.setValue(self.slider.maximum() if is_at_end else place)
        self.slider.blockSignals(blocked)
        self.slider.setVisible(len(self._steps) > 1)
        self.setVisible(bool(self._steps))
        self._show()

    def _show(self) -> None:
        if not self._steps:
            return
        step = self.steps[min(self.slider.value(), len(self._steps) - 1)]
        own = self._steps[step]
        self.step.setText(f"step {step}")
        if set(own) != set(self.pictures):
            self._lay_out(list(own))
        for name, source in own.items():
            image = QImage(str(source)) if isinstance(source, Path) else source
            picture = self.pictures[name]
            picture.title = f"{CAPTIONS.get(name, name)}, step {step}"
            picture.show_image(image)

    def _lay_out(self, names: list[str]) -> None:
        while item := self._row.takeAt(0):
            item.widget().deleteLater()
        self.pictures = {name: Picture(name) for name in names}
        for name, picture in self.pictures.items():
            column = QWidget()
            layout = QVBoxLayout(column)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(1)
            layout.addWidget(picture, stretch=1)
            caption = QLabel(f"<small>{CAPTIONS.get(name, name)}</small>")
            caption.setWordWrap(True)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(caption)
            self._row.addWidget(column, stretch=1)
