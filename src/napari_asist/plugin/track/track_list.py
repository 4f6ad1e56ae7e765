"""The table of tracks, below what filters its rows and colors its tracks."""

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_asist.plugin.track.table import TrackTable


class TrackList(QWidget):
    """Lays out a table with its controls.

    Parameters
    ----------
    table : TrackTable
    """

    def __init__(self, table: TrackTable) -> None:
        super().__init__()
        self.table = table
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(table.color_by)
        layout.addWidget(table.filter)
        layout.addWidget(table, stretch=1)
