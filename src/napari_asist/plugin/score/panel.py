"""The "Score" panel: a result scored against ground truth, and a list of its errors."""

from dataclasses import replace
from pathlib import Path

from napari import Viewer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_asist.evaluation.compare import Comparison, comparing
from napari_asist.evaluation.kinds import TrackingError
from napari_asist.events import StopFlag
from napari_asist.plugin.score.error_marker import ErrorMarker
from napari_asist.plugin.score.ground_truth import GroundTruthBox
from napari_asist.plugin.score.tables import ErrorTable, ScoreTable
from napari_asist.plugin.widgets.connections import Connections
from napari_asist.plugin.widgets.keys import KeyBinding, PanelKeys
from napari_asist.plugin.widgets.panel import Panel
from napari_asist.plugin.widgets.status_bar import WorkBar
from napari_asist.plugin.work.meanwhile import in_thread
from napari_asist.plugin.work.worker import LongWork

NARROWEST = 330

MARGIN = 8

WIDEST_MARGIN = 10_000

KEYS = (
    KeyBinding("N", "next", "Go to the next error."),
    KeyBinding("Shift+N", "previous", "Go to the previous error."),
)


class ScoresPanel(Panel):
    """Scores the result and navigates to each of its errors.

    Parameters
    ----------
    viewer : napari.Viewer
    parent : QWidget, optional
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self._marker = ErrorMarker(viewer)
        self.truth, self.segmentation = QLineEdit(), QLineEdit()
        self.browse, self.browse_masks = QPushButton("Browse…"), QPushButton("Browse…")
        self.margin = QSpinBox()
        self.truth_layer = GroundTruthBox(viewer)
        self.score = QPushButton("Score")
        self.scores = ScoreTable()
        self.previous = QPushButton("Previous error")
        self.next = QPushButton("Next error")
        self.errors = ErrorTable()
        self.bar = WorkBar()
        self.work = LongWork(self)
        self._requested = 0
        """The revision of the result that is being scored."""
        self._scored: int | None = None
        """The revision that the scores belong to."""
        self._lay_out()
        buttons = {"previous": self.previous, "next": self.next}
        self.keys = PanelKeys(viewer, self, KEYS, buttons)
        self._connect()
        self._follow()

    def _lay_out(self) -> None:
        self.setMinimumWidth(NARROWEST)
        self.margin.setRange(0, WIDEST_MARGIN)
        self.margin.setSuffix(" px")
        self.truth.setPlaceholderText("01_GT")
        self.segmentation.setPlaceholderText("from the ground truth")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        top = QFormLayout()
        top.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        top.addRow("ground truth", _row(self.truth, self.browse))
        top.addRow("masks for SEG", _row(self.segmentation, self.browse_masks))
        top.addRow("margin", self.margin)
        layout.addLayout(top)
        layout.addWidget(self.truth_layer)
        layout.addWidget(self.score)
        layout.addWidget(self.scores)
        layout.addWidget(self.errors, stretch=1)
        row = QHBoxLayout()
        row.addWidget(self.previous)
        row.addWidget(self.next)
        layout.addLayout(row)
        layout.addWidget(self.bar)
        self._explain()

    def _explain(self) -> None:
        truth = (
            "A folder such as 01_GT, with TRA, SEG or both. Ground truth is used only "
            "for scoring: no network is ever trained on it, and no setting tuned."
        )
        for widget, meaning in (
            (self.truth, truth),
            (self.browse, truth),
            (
                self.segmentation,
                "Another folder with the masks for SEG, such as 01_ST.",
            ),
            (
                self.browse_masks,
                "Another folder with the masks for SEG, such as 01_ST.",
            ),
            (
                self.margin,
                "Objects entirely within this distance of the border are not counted. "
                "The challenge uses 25 for Fluo-N2DL-HeLa and PhC-C2DL-PSC.",
            ),
            (
                self.score,
                "Score the result. Ground truth is used only for scoring, never for "
                "training.",
            ),
            (self.errors.view, "Click an error to go to it."),
            (self.previous, "Go to the error above."),
            (self.next, "Go to the error below."),
        ):
            widget.setToolTip(meaning)

    def _connect(self) -> None:
        self.browse.clicked.connect(lambda: self._browse(self.truth))
        self.browse_masks.clicked.connect(lambda: self._browse(self.segmentation))
        self.score.clicked.connect(self._score)
        self.truth.returnPressed.connect(self._score)
        self.truth.textChanged.connect(self.truth_layer.set_folder)
        self.truth_layer.said.connect(self.bar.say)
        self.errors.chosen.connect(self._go_to)
        self.previous.clicked.connect(lambda: self.errors.step(-1))
        self.next.clicked.connect(lambda: self.errors.step(1))
        self.bar.cancel.clicked.connect(self.work.stop)
        self.work.progressed.connect(self.bar.advance)
        self.work.failed.connect(self.bar.say)
        self.work.stopped.connect(lambda: self.bar.say("Canceled."))
        self.work.returned.connect(self._show)
        self.work.ended.connect(self._unlock)
        Connections(self).add(self.session.result.changed, self._follow)

    def on_undock(self) -> None:
        """Stop scoring, and remove the ground truth and the marker of an error."""
        self.work.stop()
        self.truth_layer.forget()
        self._leave()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the canvas to the other steps."""
        super().hideEvent(event)
        if not event.spontaneous():  # a minimized window is still at this step
            self._leave()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Show the ground truth again if it was shown before."""
        super().showEvent(event)
        self.truth_layer.enter()
        self.keys.bind()

    def _leave(self) -> None:
        self.keys.release()
        self.truth_layer.leave()
        self._marker.remove()
        self.errors.deselect()

    def score_against(self, truth: Path, segmentation: Path | None = None) -> None:
        """Compare the result with a ground truth folder, and show the progress."""
        video = self.session.result.video
        if video is None:
            self.bar.say(
                "There is no result to score yet: track a video, or open a result."
            )
            return
        # The result may be corrected during the comparison.
        self.score.setEnabled(False)
        self.bar.begin()
        self._requested = self.session.result.revision
        copy = replace(video, labels=in_thread(video.labels.copy))
        work = comparing(truth, copy, self.margin.value(), segmentation)
        self.work.start(work, "score", StopFlag())

    def _score(self) -> None:
        masks = self.segmentation.text().strip()
        if not self.truth.text().strip():
            self.bar.say("Choose a ground truth folder, such as 01_GT.")
        elif not self.work.is_running:
            truth = Path(self.truth.text().strip()).expanduser()
            self.score_against(truth, Path(masks).expanduser() if masks else None)

    def _browse(self, field: QLineEdit) -> None:
        title = "Ground truth, such as 01_GT"
        if folder := QFileDialog.getExistingDirectory(self, title, field.text()):
            field.setText(folder)

    def _show(self, comparison: Comparison) -> None:
        self.scores.show_scores(comparison.scores)
        self.errors.show_errors(comparison.errors)
        self._scored = self._requested
        if comparison.scores.objects is None:
            self.bar.say(
                "This ground truth has no tracks: only SEG can be computed, and errors "
                "cannot be listed."
            )
        elif not comparison.errors:
            self.bar.say("The result has no errors.")
        self._follow()

    def _unlock(self) -> None:
        self.bar.end()
        self.score.setEnabled(True)

    def _follow(self) -> None:
        """Show a message if the scores are those of an earlier result."""
        if self._scored not in (None, self.session.result.revision):
            self.bar.say("The result has changed; press Score again.")

    def _go_to(self, error: TrackingError) -> None:
        labels = self.session.result.labels
        if labels is None:
            self.bar.say("The result's layer was removed; show the result again.")
            return
        self._marker.show(error, labels)


def _row(field: QWidget, button: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(field, stretch=1)
    row.addWidget(button)
    return row
