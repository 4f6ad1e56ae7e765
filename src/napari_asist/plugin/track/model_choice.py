"""Choice of the trained model for segmentation and tracking."""

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from napari_asist.errors import AsistError
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.workflow.model import find_model
from napari_asist.workflow.pretrained import KINDS, pretrained_weights
from napari_asist.workflow.run_folder.earlier_result import has_model

READY_MADE = [pretrained_weights(name) for name in KINDS]
FILTER = "Trained models (*.safetensors)"
TOOLTIP = (
    "The network: a ready-made one, that of this session's run, or another one. "
    "Ready-made models track at once; a run learns from your own video."
)


class ModelChoice(QWidget):
    """The ready-made models, the run's own, and those that the user browsed for."""

    chosen = Signal()
    """Another model was chosen, by the user or because the run changed."""

    refused = Signal(str)
    """The selected file is not a model; says why."""

    def __init__(self) -> None:
        super().__init__()
        self.list = ChoiceField([], TOOLTIP)
        self.browse = QPushButton("Browse…")
        self.browse.setToolTip("Use a model.safetensors, for example from another run.")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, stretch=1)
        layout.addWidget(self.browse)
        self._run: Path | None = None
        self._others: list[Path] = []
        self._shown: list[Path] = []
        self.model = READY_MADE[0]
        """A run folder or a weights file."""
        self.list.activated.connect(self._take)
        self.browse.clicked.connect(self._browse)
        self._refresh()

    def set_run(self, run: Path | None) -> None:
        """Offer and choose the model of another run once it is trained."""
        is_other = run != self._run
        self._run = run
        is_ready_made = self.model in READY_MADE
        if run is not None and has_model(run) and (is_other or is_ready_made):
            self._choose(run)
        elif self.model not in self._offered():
            self._choose(READY_MADE[0])
        else:
            self._refresh()

    def take(self, path: Path) -> None:
        """Choose a model from any location: a run folder or a weights file."""
        try:
            find_model(path)
        except AsistError as error:
            self.refused.emit(str(error))
            return
        if path not in self._offered():
            self._others.append(path)
        self._choose(path)

    def _offered(self) -> list[Path]:
        own = [self._run] if self._run is not None and has_model(self._run) else []
        others = [path for path in self._others if path not in own]
        return [*READY_MADE, *own, *others]

    def _choose(self, model: Path) -> None:
        is_other = model != self.model
        self.model = model
        self._refresh()
        if is_other:
            self.chosen.emit()

    def _refresh(self) -> None:
        self._shown = self._offered()
        blocked = self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems([self._name(path) for path in self._shown])
        self.list.setCurrentIndex(self._shown.index(self.model))
        self.list.blockSignals(blocked)
        self.list.setToolTip(f"{TOOLTIP}\n{self.model}")

    def _name(self, path: Path) -> str:
        if path in READY_MADE:
            return f"{path.stem} (ready-made)"
        if path == self._run:
            return f"this run ({path.name})"
        return path.name if path.is_dir() else f"{path.parent.name}/{path.name}"

    def _take(self, place: int) -> None:
        self._choose(self._shown[place])

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Trained model", "", FILTER)
        if path:
            self.take(Path(path))
