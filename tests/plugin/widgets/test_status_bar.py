"""The status bar: what is done, the time left, and *Canceling…* at once."""

from typing import Any

import pytest
from qtpy.QtCore import Qt

from napari_asist.plugin.widgets.status_bar import WorkBar


@pytest.fixture
def bar(qtbot: Any) -> WorkBar:
    bar = WorkBar()
    qtbot.addWidget(bar)
    bar.show()
    return bar


def test_the_time_left_is_withdrawn_while_nothing_advances(
    bar: WorkBar, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monotonic = "napari_asist.plugin.work.run_progress.time.monotonic"
    monkeypatch.setattr(monotonic, lambda: now)
    bar.begin()
    assert bar.doing.isHidden()
    bar.advance("track", 0, 100)
    assert bar.doing.text() == "Outlining and tracking…"
    for done in range(1, 11):
        now += 1
        bar.advance("track", done, 100)
    assert bar.doing.text() == "Outlining and tracking, about 2 min left"
    assert bar.progress.text() == "10 of 100"
    now += 20
    qtbot.waitUntil(lambda: bar.doing.text() == "Outlining and tracking…")
    bar.advance("track", 11, 100)
    bar.advance("validate", 0, 100)
    assert bar.doing.text() == "Checking the result…"
    bar.end()
    assert bar.doing.isHidden()


def test_canceling_is_said_at_once(bar: WorkBar, qtbot: Any) -> None:
    bar.begin()
    bar.advance("track", 1, 100)
    qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
    assert bar.doing.text() == "Canceling…"
    assert not bar.cancel.isEnabled()
    bar.advance("track", 2, 100)  # the last frames still arrive
    assert bar.doing.text() == "Canceling…"
    bar.end()
    bar.begin()
    assert bar.cancel.isEnabled()
    assert bar.doing.isHidden()
