"""A picture that scales to fit, with a larger view in its own window."""

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QImage, QMouseEvent, QPixmap, QResizeEvent
from qtpy.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout

LEAST, SHARE, LARGEST_FACTOR = 72, 0.8, 4


class Picture(QLabel):
    """Shows a picture as large as space allows.

    Parameters
    ----------
    title : str
        Title of the window with the enlarged picture.
    """

    clicked = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.image = QImage()
        self.setMinimumSize(LEAST, LEAST)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click to enlarge.")
        self.clicked.connect(lambda: enlarge(self))

    def show_image(self, image: QImage) -> None:
        """Show another picture."""
        self.image = image
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Request little space: the picture must not determine the panel's size."""
        return QSize(LEAST, LEAST)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the picture to the available space."""
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Report a click with the left button."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def _fit(self) -> None:
        if not self.image.isNull():
            self.setPixmap(_scaled(self.image, self.size()))


def enlarge(picture: Picture) -> QDialog:
    """Show a picture in its own window, which can be moved aside.

    Parameters
    ----------
    picture : Picture
    """
    window = QDialog(picture.window())
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.setWindowTitle(picture.title)
    screen = picture.screen().availableSize()
    most = QSize(int(SHARE * screen.width()), int(SHARE * screen.height()))
    most = most.boundedTo(LARGEST_FACTOR * picture.image.size())
    large = QLabel()
    large.setPixmap(_scaled(picture.image, most))
    area = QScrollArea()
    area.setWidget(large)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(area)
    window.resize(large.pixmap().size() + QSize(4, 4))
    window.show()
    return window


def image_of(array: NDArray[np.uint8]) -> QImage:
    """Return an array as a picture.

    Parameters
    ----------
    array : ndarray of uint8, shape (Y, X) or (Y, X, 3)
    """
    array = np.ascontiguousarray(array)
    height, width = array.shape[:2]
    kind = (
        QImage.Format.Format_Grayscale8
        if array.ndim == 2
        else QImage.Format.Format_RGB888
    )
    # A copy, because Qt does not keep the array's memory alive.
    return QImage(array.tobytes(), width, height, array.strides[0], kind).copy()


def _scaled(image: QImage, size: QSize) -> QPixmap:
    return QPixmap.fromImage(
        image.scaled(
            size,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )
