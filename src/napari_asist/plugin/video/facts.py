"""What the "Video" panel shows about the chosen layer."""

from math import prod
from typing import Any

import numpy as np
from napari.layers import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QGridLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)
from superqt import QElidingLabel

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.metadata import layer_facts
from napari_asist.plugin.layers.source_file import axes_in, is_video_file, layer_path
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.video.channels import Channels

UNKNOWN = "unknown"

NOTHING = "–"

NAMES = (
    "frames",
    "size",
    "data type",
    "pixel size",
    "frame interval",
    "channel",
    "file",
    "memory",
)

SIZES = ("bytes", "KB", "MB", "GB", "TB")

SPARE = 8
"""Pixels that napari's style leaves empty in a label."""


def video_facts(layer: Image | None, channels: Channels | None) -> dict[str, str]:
    """Return a short text for each of `NAMES`.

    Parameters
    ----------
    layer : Image or None
    channels : Channels or None
        Channels of this layer.
    """
    facts = dict.fromkeys(NAMES, NOTHING)
    if layer is None:
        return facts
    data = layer.data[0] if layer.multiscale else layer.data
    path = layer_path(layer)
    facts["data type"] = str(data.dtype)
    facts["file"] = str(path) if path else "none (only in this window)"
    if made_from := layer_facts(layer).get("made_from"):
        facts["file"] = str(made_from)
    facts["memory"] = _memory(data)
    facts["size"] = _product(data.shape)
    facts["channel"] = _channel(layer, channels)
    try:
        video = layer_video(layer)
    except AsistError:
        return facts
    facts["frames"] = str(len(video))
    facts["size"] = f"{_product(video.frames.shape[1:])} px"
    facts["pixel size"] = f"{video.pixel_size:.4g} µm" if video.pixel_size else UNKNOWN
    facts["frame interval"] = (
        _duration(video.frame_interval) if video.frame_interval else UNKNOWN
    )
    return facts


def video_fault(layer: Image | None, channels: Channels | None) -> str:
    """Return one sentence on what the user has to do, empty if the layer is a video.

    Parameters
    ----------
    layer : Image or None
    channels : Channels or None
        Channels of this layer.
    """
    if layer is None:
        return (
            "Drop a video onto the window (TIFF stack or folder of frames), press Open "
            "video, or choose File ▸ Open Sample ▸ ASIST."
        )
    depth = _slices(layer, channels)
    try:
        layer_video(layer)
    except AsistError as error:
        if channels is None:
            return str(error)
        return _choice(layer.name, channels, depth)
    if depth:
        return (
            f"{layer.name} is a stack of {depth} z slices, according to its file; "
            "choose a 2D time-lapse video. If the slices are time points, just "
            "continue: they are used as frames."
        )
    return ""


def _choice(name: str, channels: Channels, depth: int) -> str:
    """Say how to make a video from a layer with several channels or z slices."""
    count = len(channels.names)
    several = f"{count} channels"
    if channels.is_3d_video:
        at = f"{channels.slices} z slices at each of {channels.times} times"
        what = f"{name} is 3D over time: {at}"
        if count == 1:
            return f"{what}; press Project z to track its maximum projection."
        return (
            f"{what}, in {several}; choose the channel to track and press Project z "
            "to use its maximum projection."
        )
    if depth:
        return (
            f"{name} has {depth} z slices in {several}, all at one time; choose a 2D "
            "time-lapse video. If the slices are time points, choose the channel to "
            "track and press Take channel."
        )
    return f"{name} has {several}; choose the one to track and press Take channel."


def _slices(layer: Image, channels: Channels | None) -> int:
    """Return the number of z slices in a layer of a single time, 0 for a video."""
    if channels is not None:
        return channels.slices if channels.times == 1 and channels.slices > 1 else 0
    path = layer_path(layer)
    if path is None or layer_facts(layer).get("path") or not is_video_file(path):
        return 0
    try:
        axes = axes_in(path)
    except AsistError:
        return 0
    return axes.slices if axes.times == 1 and axes.slices > 1 else 0


def _channel(layer: Image, channels: Channels | None) -> str:
    if channels is None or len(channels.names) == 1:
        return "only one"
    number = layer_facts(layer).get("channel")
    if number is None:
        return f"one of {len(channels.names)}" if _is_single(layer) else "not chosen"
    return f"{channels.names[number]} (of {len(channels.names)})"


def _is_single(layer: Image) -> bool:
    try:
        layer_video(layer)
    except AsistError:
        return False
    return True


def _memory(data: Any) -> str:
    size = float(prod(data.shape) * np.dtype(data.dtype).itemsize)
    unit = 0
    while size >= 1000 and unit < len(SIZES) - 1:
        size, unit = size / 1000, unit + 1
    how = "loaded" if isinstance(data, np.ndarray) else "read frame by frame"
    return f"{size:.3g} {SIZES[unit]}, {how}"


def _duration(seconds: float) -> str:
    for length, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.4g} {unit}"
    return f"{seconds:.4g} s"


def _product(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


class FactGrid(QWidget):
    """Names, with short texts next to them."""

    def __init__(self) -> None:
        super().__init__()
        self.values = {name: _elided_label() for name in NAMES}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(self.values.items()):
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(value, row, 1)

    def show_facts(self, facts: dict[str, str]) -> None:
        """Show the texts of all names."""
        for name, text in facts.items():
            self.values[name].setText(text)
            self.values[name].setToolTip(text)


def _elided_label() -> QElidingLabel:
    """Return a label that elides the middle of its text if it does not fit."""
    label = QElidingLabel()
    label.setElideMode(Qt.TextElideMode.ElideMiddle)
    label.setEllipsesWidth(SPARE)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
