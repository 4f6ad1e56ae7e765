"""A result goes with its layer and its video, and comes back, by clicking."""

from typing import Any

import numpy as np
import pytest
from cases import CASES
from qtpy.QtCore import Qt

from napari_asist.plugin.correct.panel import CorrectPanel
from napari_asist.plugin.dock import DONE, GuidedDock
from napari_asist.plugin.session import session_of
from napari_asist.plugin.track.panel import ResultPanel

LEFT = Qt.MouseButton.LeftButton
TRACKS = [1, 2, 3, 4]


class User:
    """A user with the dock, two videos of one shape, and the result of the first."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        # A plugin's proxy returns a new object for a layer each time.
        self.viewer, self.qtbot = viewer.__wrapped__, qtbot
        self.session = session_of(viewer)
        shape = CASES["division"]().labels.shape
        for name in ("first", "second"):
            self.viewer.add_image(np.zeros(shape), name=name)
        _, dock = viewer.window.add_plugin_dock_widget("napari-asist", "ASIST")
        assert isinstance(dock, GuidedDock)
        self.dock = dock
        qtbot.mouseClick(dock.fold, LEFT)
        self.choose("first")
        self.correct: CorrectPanel = self.go_to("Correct")
        self.track: ResultPanel = self.go_to("Track")
        result, first = CASES["division"](), self.viewer.layers["first"]
        self.session.result.show(result, "first result", first)
        self.wait_for(TRACKS)

    def go_to(self, step: str) -> Any:
        self.click(next(b for b in self.dock.buttons if step in b.text()))
        return self.dock.panel

    def click(self, button: Any) -> None:
        assert self.sees(button)
        self.qtbot.mouseClick(button, LEFT)

    def sees(self, widget: Any) -> bool:
        """Whether a widget of the shown panel is visible, as far as the window is."""
        return bool(widget.isVisibleTo(self.dock))

    def choose(self, name: str) -> None:
        """Choose a video in the step of that name."""
        video = self.go_to("Video").video
        video.setCurrentText(name)
        video.activated.emit(video.currentIndex())
        assert self.session.layer is self.viewer.layers[name]

    def remove(self, *names: str) -> None:
        """Remove layers with napari's bin."""
        self.viewer.layers.selection = {self.viewer.layers[name] for name in names}
        bin_ = self.viewer.window._qt_viewer.layerButtons.deleteButton
        self.qtbot.mouseClick(bin_, LEFT)
        assert not set(names) & {layer.name for layer in self.viewer.layers}

    def wait_for(self, labels: list[int]) -> None:
        table = self.track.table.tracks
        self.qtbot.waitUntil(lambda: table.labels == labels, timeout=60_000)

    def delete(self, label: int) -> None:
        self.go_to("Correct")
        self.correct.track.setValue(label)
        self.click(self.correct.delete)

    def has_tick(self) -> bool:
        return f"{DONE}Track" in [button.text() for button in self.dock.buttons]

    def shown(self) -> list[str]:
        return [
            layer.name
            for layer in self.viewer.layers
            if layer.visible and "result" in layer.name
        ]

    def assert_no_result(self) -> None:
        """Neither rows, tick nor corrections are left."""
        self.wait_for([])
        assert not self.has_tick()
        assert self.session.result.video is None
        assert self.correct.journal.count() == 0
        assert not self.correct.undo.isEnabled()
        assert not self.correct.delete.isEnabled()
        assert self.shown() == []


BOTH = ["first result", "first result tracks"]


@pytest.fixture
def user(make_napari_viewer_proxy: Any, qtbot: Any) -> User:
    return User(make_napari_viewer_proxy(), qtbot)


@pytest.mark.parametrize("removed", [BOTH, BOTH[:1]])
def test_a_result_goes_with_its_layer_and_comes_back(
    user: User, removed: list[str]
) -> None:
    user.delete(4)
    user.remove(*removed)
    user.assert_no_result()
    note = user.go_to("Track").aside
    assert note.sentence.text() == "“first result” was closed."
    user.click(note.show_again)
    user.wait_for([1, 2, 3])
    assert user.shown() == BOTH
    assert user.has_tick()
    assert not user.sees(note)
    # The corrections go on, and the layers follow them.
    user.go_to("Correct")
    assert user.correct.journal.count() == 1
    user.click(user.correct.undo)
    user.wait_for(TRACKS)
    assert 4 in user.viewer.layers["first result"].data
    assert 4 in user.viewer.layers["first result tracks"].data[:, 0]


def test_a_result_is_shown_over_its_own_video_only(user: User) -> None:
    user.delete(4)
    user.choose("second")
    user.assert_no_result()
    note = user.go_to("Track").aside
    assert "belongs to the video “first”. Choose that video" in note.sentence.text()
    assert not user.sees(note.show_again)
    user.choose("first")
    user.wait_for([1, 2, 3])
    assert user.shown() == BOTH
    assert user.correct.undo.isEnabled()


def test_each_video_has_its_result(user: User) -> None:
    user.choose("second")
    other, second = CASES["division"](), user.viewer.layers["second"]
    other.labels[other.labels == 1] = 0
    user.session.result.show(type(other)(other.labels), "second result", second)
    user.wait_for([2, 3, 4])
    for name, labels in (("first", TRACKS), ("second", [2, 3, 4])):
        user.choose(name)
        user.wait_for(labels)
        assert user.shown() == [f"{name} result", f"{name} result tracks"]


def test_a_result_goes_with_its_video(user: User) -> None:
    user.delete(4)
    user.remove("first")
    assert user.session.layer is None
    user.assert_no_result()
    note = user.go_to("Track").aside
    assert note.sentence.text() == (
        "“first result” is hidden, because its video was closed."
    )
    # The same file, opened again, is another layer.
    shape = CASES["division"]().labels.shape
    user.viewer.add_image(np.zeros(shape), name="first")
    user.choose("first")
    user.assert_no_result()
    user.go_to("Track")
    user.click(note.show_again)
    user.wait_for([1, 2, 3])
    user.choose("second")
    user.assert_no_result()


def test_a_result_is_not_shown_over_a_video_of_another_size(user: User) -> None:
    user.remove("first", "second")
    user.viewer.add_image(np.zeros((5, 20, 20)), name="small")
    user.choose("small")
    note = user.go_to("Track").aside
    assert note.sentence.text()
    assert not user.sees(note.show_again)


def test_a_result_that_arrives_late_waits_for_its_video(user: User) -> None:
    user.choose("second")
    first = user.viewer.layers["first"]
    user.session.result.show(CASES["good"](), "late result", first)
    user.assert_no_result()
    user.choose("first")
    user.wait_for([1, 2, 3])
    assert user.shown() == ["late result", "late result tracks"]


def test_a_new_result_takes_the_place_of_a_closed_one(user: User) -> None:
    user.remove(*BOTH)
    first = user.viewer.layers["first"]
    user.session.result.show(CASES["good"](), "new result", first)
    user.remove("new result", "new result tracks")
    assert user.track.aside.sentence.text() == "“new result” was closed."


def test_labels_that_were_used_belong_to_the_video_chosen_next(user: User) -> None:
    user.remove(*BOTH, "first", "second")
    labels = user.viewer.add_labels(CASES["division"]().labels, name="mine")
    user.viewer.layers.selection.active = labels
    user.go_to("Track")
    user.click(user.track.use_layer)
    user.wait_for(TRACKS)
    shape = CASES["division"]().labels.shape
    for name in ("its video", "another"):
        user.viewer.add_image(np.zeros(shape), name=name)
    user.choose("its video")
    user.wait_for(TRACKS)
    user.choose("another")
    user.assert_no_result()
