from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtGui import QColor

from napari_asist.plugin.training.report import ReportView
from napari_asist.plugin.widgets.plot_theme import ON_DARK, PlotTheme
from napari_asist.synthesis.report.crop_classifier import ClassifiedCrops
from napari_asist.synthesis.report.files import ContactSheet, write_report
from napari_asist.synthesis.report.likeness import Comparison, Likeness
from napari_asist.synthesis.report.report import SynthesisReport
from napari_asist.synthesis.report.telltale import TELLTALE

WHITE, GREEN, RED = (QColor(name) for name in ("white", "green", "red"))
THEME = PlotTheme(WHITE, WHITE, WHITE, WHITE, ON_DARK, GREEN, RED)
LIKENESS = Likeness((Comparison("density", (1.0,), (2.0,), 0.25),), 0.9, "edges")
REPORT = SynthesisReport(
    step=0,
    annotated=40,
    shown=0.99,
    jaccard=0.9,
    stray=0.01,
    border=0.5,
    visible=1.01,
    visible_lower=0.98,
    visible_upper=1.03,
    half_maximum=1.0,
    dimmest=50,
    dimmest_real=45,
    brightest=200,
    brightest_real=210,
    noise=5,
    noise_real=5,
    histogram_distance=0.02,
    count_mismatch=0.0,
    density_mismatch=0.0,
    flicker=0.03,
    flicker_real=0.03,
    likeness=LIKENESS,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    crops = np.zeros((3, 20, 20), np.float32)
    sure = np.full(3, 0.9)
    frames = np.zeros((1, 40, 40), np.float32)
    write_report(
        tmp_path,
        REPORT,
        ContactSheet(frames, frames, frames.astype(np.uint16)),
        ClassifiedCrops(0.9, "edges", crops, crops, sure, sure),
    )
    return tmp_path


def test_unlike_frames_are_shown_with_the_crops(qtbot: Any, folder: Path) -> None:
    view = ReportView(THEME)
    qtbot.addWidget(view)
    view.show_folder(folder)
    rows = {
        view.table.item(row, 0).text(): view.table.item(row, 1)
        for row in range(view.table.rowCount())
    }
    assert rows["crops identified"].text() == "90%"
    assert rows["objects in 100 × 100 px"].foreground().color() == RED
    assert rows["visible area"].foreground().color() == GREEN
    assert "raise simulation.objects" in view.advice.text()
    assert not view.telltale.isHidden()
    assert view.telltale.image.height() > 300
    (folder / TELLTALE).unlink()
    view.show_folder(folder)
    assert view.telltale.isHidden()
    assert not view.sheet.isHidden()


def test_names_and_ranges_are_whole_in_a_narrow_dock(qtbot: Any, folder: Path) -> None:
    view = ReportView(THEME)
    qtbot.addWidget(view)
    view.show_folder(folder)
    view.resize(330, 600)
    view.show()
    qtbot.waitUntil(lambda: view.table.columnWidth(0) > 80)
    table = view.table
    for row in range(table.rowCount()):
        assert table.rowHeight(row) >= table.sizeHintForRow(row) > 0
    assert max(map(table.rowHeight, range(table.rowCount()))) > 25, "some are wrapped"
    height = sum(table.rowHeight(row) for row in range(table.rowCount()))
    assert table.height() >= height
