"""A part of a video for a trial run: some frames, and what the canvas shows."""

from dataclasses import dataclass, replace

from napari.layers import Image
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QPushButton,
    QSpinBox,
    QWidget,
)

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import LayerData, layer_facts
from napari_asist.plugin.layers.source_file import layer_path
from napari_asist.plugin.layers.video_layers import image_layer, layer_video

SMALLEST_SIDE = 16
"""Height and width of a part, in px."""

TRIAL_FRAMES = 20
"""Frames that are chosen at first, or all if there are fewer."""

KEPT = ("colormap", "contrast_limits", "gamma", "opacity", "blending")
"""What the layer of a part keeps from the layer of the whole video."""


@dataclass(frozen=True)
class Part:
    """A range of frames, rows and columns; each last one is part of it.

    Parameters
    ----------
    frames, rows, columns : (int, int)
        Starting at 0.
    """

    frames: tuple[int, int]
    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def slices(self) -> tuple[slice, ...]:
        """The part as an index into the video."""
        ranges = (self.frames, self.rows, self.columns)
        return tuple(slice(first, last + 1) for first, last in ranges)


class PartForm(QWidget):
    """Fields for a part of a video, and a button that makes a layer of it."""

    requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = QSpinBox(), QSpinBox()
        self.is_cropped = QCheckBox("only what the canvas shows")
        self.make = QPushButton("Make part")
        self.first.setToolTip("The first frame, as on the slider below the canvas.")
        self.last.setToolTip("The last frame, which is part of it.")
        self.is_cropped.setToolTip(
            "Crop the frames to the part of the video that the canvas shows now."
        )
        self.make.setToolTip(
            "Make a layer of these frames, for a trial run that is done sooner."
        )
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addRow("first frame", self.first)
        layout.addRow("last frame", self.last)
        layout.addRow("", self.is_cropped)
        layout.addRow("", self.make)
        self.make.clicked.connect(self.requested)
        self._layer: Image | None = None

    def show_layer(self, layer: Image) -> None:
        """Offer the frames of a video; another one starts with its first frames."""
        start, count = _start(layer), len(layer.data)
        is_other, self._layer = layer is not self._layer, layer
        for field in (self.first, self.last):
            field.setRange(start, start + count - 1)
        if is_other:
            self.first.setValue(start)
            self.last.setValue(start + min(TRIAL_FRAMES, count) - 1)

    def part(self, layer: Image) -> Part:
        """Return the part that was chosen.

        Raises
        ------
        AsistError
            It has fewer than two frames, hardly any pixels, or is the whole video.
        """
        start = _start(layer)
        frames = self.first.value() - start, self.last.value() - start
        if frames[1] <= frames[0]:
            raise AsistError("Choose a last frame after the first frame.")
        height, width = layer.data.shape[-2:]
        rows, columns = (0, height - 1), (0, width - 1)
        if self.is_cropped.isChecked():
            rows, columns = _shown(layer)
            if min(rows[1] - rows[0], columns[1] - columns[0]) + 1 < SMALLEST_SIDE:
                raise AsistError(
                    f"The canvas shows less than {SMALLEST_SIDE} px of the video; show "
                    "the part that you want, and try again."
                )
        part = Part(frames, rows, columns)
        lengths = [one.stop - one.start for one in part.slices]
        if lengths == list(layer.data.shape[-3:]):
            raise AsistError(
                "This is the whole video; choose fewer frames, or zoom in and tick "
                "“only what the canvas shows”."
            )
        return part


def part_layer(layer: Image, part: Part) -> LayerData:
    """Return a layer of a part of a video, in its place and read lazily.

    Parameters
    ----------
    layer : Image
    part : Part

    Raises
    ------
    AsistError
        The layer is not a video.
    """
    whole = layer_video(layer)
    channel = layer_facts(layer).get("channel")
    first = whole.first_frame + part.frames[0]
    cut = replace(
        whole,
        frames=whole.frames[part.slices],
        path=layer_path(layer),
        first_frame=first,
        made_from=_described(layer, whole.first_frame, part),
    )
    options = {name: getattr(layer, name) for name in KEPT}
    name = f"{layer.name} part"
    data, known, kind = image_layer(cut, name, channel, **options)
    if cut.pixel_size is None:
        known["scale"], known["units"] = layer.scale[-3:], layer.units[-3:]
    scale = known["scale"]
    begin = layer.translate[-3:] / layer.scale[-3:]
    starts = [one.start for one in part.slices]
    known["translate"] = (begin + starts) * scale
    return data, known, kind


def _described(layer: Image, first_frame: int, part: Part) -> str:
    facts, path = layer_facts(layer), layer_path(layer)
    whole = str(facts.get("made_from") or (path.name if path else layer.name))
    if facts.get("channel") is not None and not facts.get("made_from"):
        whole = f"{whole}, channel {facts['channel']}"
    first, last = (first_frame + number for number in part.frames)
    text = f"frames {first} to {last} of {whole}"
    height, width = layer.data.shape[-2:]
    if (part.rows, part.columns) == ((0, height - 1), (0, width - 1)):
        return text
    return (
        f"rows {part.rows[0]} to {part.rows[1]} and columns {part.columns[0]} to "
        f"{part.columns[1]} of {text}"
    )


def _start(layer: Image) -> int:
    """Return the number of a layer's first frame on the slider."""
    return round(float(layer.translate[-3] / layer.scale[-3]))


def _shown(layer: Image) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the first and last row and column that the canvas shows."""
    (top, left), (bottom, right) = layer.corner_pixels[:, -2:].tolist()
    height, width = layer.data.shape[-2:]
    rows = max(top, 0), min(bottom, height - 1)
    columns = max(left, 0), min(right, width - 1)
    return rows, columns
