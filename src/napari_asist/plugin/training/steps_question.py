"""The question what to do with a training that was begun with other steps."""

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_asist.errors import AsistError
from napari_asist.workflow.run_folder.changed_steps import (
    ChangedSteps,
    continue_with_steps,
    start_stage_again,
)


class StepsQuestion(QWidget):
    """Asks whether to continue a training with another number of steps.

    It is part of the panel, so that nothing has to be decided at once.
    """

    answered = Signal()
    """The run folder is ready to be started."""

    failed = Signal(str)
    """Why the run folder cannot be changed, in a sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.question = QLabel()
        self.question.setWordWrap(True)
        self.proceed = QPushButton()
        self.proceed.setToolTip("Keep what the network has learned.")
        self.again = QPushButton("Start this stage again")
        self.again.setToolTip(
            "Set what was trained aside in the run folder, and begin at step 0."
        )
        self._run = Path()
        self._change: ChangedSteps | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.question)
        row = QHBoxLayout()
        row.addWidget(self.proceed)
        row.addWidget(self.again)
        layout.addLayout(row)
        self.proceed.clicked.connect(lambda: self._answer(continue_with_steps))
        self.again.clicked.connect(lambda: self._answer(start_stage_again))
        self.hide()

    def ask(self, run: Path, change: ChangedSteps) -> None:
        """Ask about a training in a run folder.

        Parameters
        ----------
        run : Path
        change : ChangedSteps
        """
        self._run, self._change = run, change
        before, after = change.steps
        self.question.setText(
            f"This training was begun with {before:,} steps, and the settings now say "
            f"{after:,}. Continue with {after:,} steps, or start this stage again?"
        )
        self.proceed.setText(f"Continue with {after:,} steps")
        self.show()

    def _answer(self, prepare: Callable[[Path, ChangedSteps], None]) -> None:
        assert self._change is not None
        self.hide()
        try:
            prepare(self._run, self._change)
        except AsistError as error:
            self.failed.emit(str(error))
        except OSError as error:
            self.failed.emit(
                f"{self._run} cannot be changed ({error.strerror or error}); close the "
                "programs that use its files, and try again."
            )
        else:
            self.answered.emit()
