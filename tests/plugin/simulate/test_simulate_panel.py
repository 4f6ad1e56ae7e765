"""The "Simulate" panel, by clicking and typing in a real window."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_asist.ctc import read_ctc
from napari_asist.plugin.contributions.samples import virtual_nuclei
from napari_asist.plugin.forms.numbers import NumberSlider
from napari_asist.plugin.simulate.recipe_files import recipe_with
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.workflow.annotations import annotation_seed
from napari_asist.workflow.recipe import make_recipe, read_recipe, write_recipe
from napari_asist.workflow.run_folder.claim import MARKER
from napari_asist.workflow.run_folder.lock import LOCK

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000


class Session:
    """A viewer with the panel docked, and a user."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        _, self.panel = viewer.window.add_plugin_dock_widget("napari-asist", "Simulate")

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, LEFT)

    def type(self, name: str, text: str) -> None:
        edit = self.panel.form.model.fields[name].lineEdit()
        edit.selectAll()
        self.qtbot.keyClicks(edit, text)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def previewed(self) -> Any:
        """Return the settings that the layer shows, None if there is no layer."""
        return self.panel.player.shown_settings

    def wait_for_preview(self) -> None:
        self.until(lambda: self.previewed() == self.panel.settings)

    def wait_for_objects(self, time: int) -> None:
        """Wait until the canvas shows the expected objects."""
        wanted = expected(self, time) > 0
        self.until(lambda: np.array_equal(self.shown() > 0, wanted))

    def shown(self) -> Any:
        """Return the labels on the canvas."""
        return np.asarray(self.viewer.layers["simulated"].__wrapped__._slice.image.raw)


@pytest.fixture
def session(make_napari_viewer_proxy: Any, qtbot: Any) -> Session:
    """A small video and the panel."""
    viewer = make_napari_viewer_proxy()
    data, options, _ = virtual_nuclei()[0]
    viewer.add_image(np.asarray(data[:8]), **options)
    viewer.dims.set_current_step(0, 0)
    return Session(viewer, qtbot)


@pytest.fixture
def opened(make_napari_viewer_proxy: Any, qtbot: Any) -> Session:
    """The same in a window that is shown, in which the panel looks at the video."""
    viewer = make_napari_viewer_proxy(show=True)
    data, options, _ = virtual_nuclei()[0]
    viewer.add_image(np.asarray(data[:8]), **options)
    viewer.dims.set_current_step(0, 0)
    return Session(viewer, qtbot)


def expected(session: Session, time: int = 0) -> Any:
    panel = session.panel
    seed = annotation_seed(panel.current_recipe().seed)
    return simulate_video(panel.settings, seed).labels[time]


def test_labels_over_the_video_follow_typed_values(session: Session) -> None:
    session.wait_for_preview()
    assert session.panel.settings.field == (256, 256)
    layer = session.viewer.layers["simulated"].unique_id
    np.testing.assert_array_equal(session.shown() > 0, expected(session) > 0)
    for text in ("20", "9"):
        session.type("objects", text)
        session.wait_for_preview()
        assert len(np.unique(session.shown())) - 1 == int(text)
        assert session.panel.settings.objects == int(text)
    assert session.viewer.layers["simulated"].unique_id == layer
    assert [layer.name for layer in session.viewer.layers] == [
        "virtual nuclei",
        "simulated",
    ]


def test_the_time_slider_moves_the_labels(session: Session) -> None:
    session.wait_for_preview()
    for time in (6, 2, 7):
        session.viewer.dims.set_current_step(0, time)
        session.wait_for_objects(time)


def test_arrows_follow_each_other_fast_and_the_last_wins(session: Session) -> None:
    session.wait_for_preview()
    radius = session.panel.form.model.fields["radius_mean"]
    for _ in range(20):
        radius.stepBy(-1)
    session.wait_for_preview()
    assert session.panel.settings.radius_mean == 8.2
    session.wait_for_objects(0)


def test_the_preview_stays_if_there_is_no_room(session: Session) -> None:
    session.wait_for_preview()
    session.type("mitoses", "38")
    session.type("frames", "3")
    session.until(lambda: bool(session.panel.bar.message.text()))
    assert "mitoses = 38: only" in session.panel.bar.message.text()
    assert session.shown().any()
    session.type("mitoses", "1")
    session.until(lambda: not session.panel.bar.message.text())


def test_an_error_is_shown_below_the_form_and_the_preview_stays(
    session: Session,
) -> None:
    session.wait_for_preview()
    good = session.panel.settings
    session.type("radius_mean", "99")
    assert "Radius_mean = 99" in session.panel.form.error.text()
    assert session.previewed() == good
    session.click(session.panel.match)
    assert "Radius_mean = 99" in session.panel.bar.message.text()


def test_match_my_video(session: Session) -> None:
    session.type("frames", "8")
    session.click(session.panel.match)
    assert not session.panel.match.isEnabled()
    session.until(session.panel.match.isEnabled)
    assert session.panel.bar.message.text() == "The settings now match the video."
    matched = session.panel.settings
    assert isinstance(matched, NucleiSettings)
    assert matched.field == (256, 256)
    assert 25 < matched.objects < 60  # 45 are in the video
    assert 9 < matched.radius_mean < 14
    # With as many digits as a measurement has.
    assert matched.radius_mean == float(f"{matched.radius_mean:.4g}")
    assert matched.move == float(f"{matched.move:.4g}")
    session.wait_for_preview()


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (np.zeros((32, 32)), {}, "2D time-lapse video"),
        (np.zeros((4, 5, 32, 32)), {}, "has the shape 4 × 5 × 32 × 32"),
        (np.zeros((4, 32, 32, 3)), {"rgb": True}, "split its channels"),
        (np.zeros((4, 64, 64)), {}, "No object stands out"),
        (np.zeros((4, 8, 8)), {}, "These frames cannot be simulated"),
    ],
)
def test_unusable_videos_are_rejected_with_a_reason(
    make_napari_viewer_proxy: Any,
    qtbot: Any,
    data: Any,
    options: dict[str, Any],
    sentence: str,
) -> None:
    viewer = make_napari_viewer_proxy()
    viewer.add_image(data, name="mine", **options)
    session = Session(viewer, qtbot)
    session.click(session.panel.match)
    session.until(lambda: sentence in session.panel.bar.message.text())
    assert session.panel.match.isEnabled()


def test_without_a_video_and_then_with_none_chosen(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    viewer = make_napari_viewer_proxy()
    session = Session(viewer, qtbot)
    session.click(session.panel.match)
    assert session.panel.bar.message.text().startswith("Choose a video first")
    session.wait_for_preview()
    assert viewer.layers["simulated"].data.shape == (50, 512, 512)
    assert session.panel.video.count() == 1
    viewer.add_image(np.zeros((4, 64, 96)), name="new", scale=(1, 0.5, 0.5))
    assert session.panel.video.count() == 2
    session.panel.video.setCurrentIndex(1)
    session.panel.video.activated.emit(1)
    session.wait_for_preview()
    assert session.panel.settings.field == (64, 96)
    layer = viewer.layers["simulated"]
    np.testing.assert_array_equal(layer.scale, (1, 0.5, 0.5))
    viewer.layers.remove("new")
    assert session.panel.video.layer is None


def test_presets_and_the_other_simulator(session: Session) -> None:
    panel = session.panel
    panel.simulator.setCurrentText("sticks")
    session.wait_for_preview()
    assert panel.settings.kind == "microvilli"
    assert panel.settings.field == (256, 256)
    place = panel.start.findText("paper: microvilli-5")
    panel.start.setCurrentIndex(place)
    panel.start.activated.emit(place)
    assert (panel.settings.videos, panel.settings.objects) == (5, 20)
    session.wait_for_preview()


def test_simulate_writes_label_videos(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    panel = session.panel
    session.type("videos", "2")
    session.type("frames", "6")
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out")
    )
    session.click(panel.simulate)
    session.until(panel.simulate.isEnabled)
    assert panel.bar.message.text() == f"Wrote 2 videos to {tmp_path / 'out'}."
    assert panel.bar.progress.isHidden()
    np.testing.assert_array_equal(
        read_ctc(tmp_path / "out" / "01_GT").labels[3], expected(session, 3)
    )
    assert read_recipe(tmp_path / "out" / "recipe.yaml") == panel.current_recipe()
    session.type("objects", "12")
    session.click(panel.simulate)
    assert "choose another folder" in panel.bar.message.text()


def test_cancel(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    panel = session.panel
    session.type("videos", "500")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    session.click(panel.simulate)
    session.until((tmp_path / "01_GT").exists)
    assert not panel.bar.cancel.isHidden()
    session.click(panel.bar.cancel)
    session.until(panel.simulate.isEnabled)
    assert panel.bar.message.text() == "Canceled."
    assert not (tmp_path / "400_GT").exists()


def test_cancel_does_not_wait_for_a_long_video(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    panel = session.panel
    session.click(panel.live)
    session.type("videos", "1")
    session.type("frames", "9000")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    session.click(panel.simulate)
    session.until((tmp_path / "recipe.yaml").exists)
    session.click(panel.bar.cancel)
    session.until(panel.simulate.isEnabled)
    assert panel.bar.message.text() == "Canceled."
    assert {path.name for path in tmp_path.iterdir()} == {"recipe.yaml", LOCK, MARKER}


def test_recipes_are_saved_and_loaded(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    panel, path = session.panel, tmp_path / "mine.yaml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    session.type("objects", "17")
    saved = panel.current_recipe()
    session.click(panel.save)
    assert read_recipe(path) == saved
    panel.simulator.setCurrentText("sticks")
    session.click(panel.load)
    assert panel.current_recipe() == saved
    assert panel.simulator.currentText() == "nuclei"
    session.wait_for_preview()
    write_recipe(make_recipe("paper"), path)
    session.click(panel.load)
    assert panel.bar.message.text().startswith("mine.yaml has no simulator settings")
    assert panel.session.recipe == make_recipe("paper")  # a run estimates them
    assert panel.settings == saved.simulation
    path.write_text("nonsense: 1")
    session.click(panel.load)
    assert "nonsense" in panel.bar.message.text()
    assert panel.session.recipe == make_recipe("paper")


def test_the_session_has_the_users_choices(session: Session) -> None:
    panel, shared = session.panel, session.panel.session
    assert shared.layer is not None
    assert shared.layer.name == "virtual nuclei"
    assert shared.recipe.simulation is None  # nothing was chosen yet
    received: list[Any] = []
    shared.recipe_changed.connect(lambda: received.append(shared.recipe.simulation))
    session.type("objects", "9")
    assert received[-1] == shared.recipe.simulation == panel.settings
    assert panel.settings.objects == 9
    assert panel.settings.field == (256, 256)
    panel.seed.stepBy(1)
    assert shared.recipe.seed == 1
    count = len(received)
    other = panel.settings.changed(objects=14)
    shared.set_recipe(recipe_with(shared.recipe, 5, other))
    assert len(received) == count + 1  # no loop
    assert panel.form.model.fields["objects"].value() == 14
    assert panel.seed.value() == 5
    session.wait_for_preview()


def test_the_session_determines_the_video(session: Session) -> None:
    panel, shared = session.panel, session.panel.session
    session.type("objects", "9")
    small = session.viewer.add_image(np.zeros((4, 64, 96)), name="small")
    assert panel.video.currentText() == "virtual nuclei"
    shared.set_layer(small)
    assert panel.video.currentText() == "small"
    assert panel.settings.field == shared.recipe.simulation.field == (64, 96)
    panel.video.setCurrentIndex(1)
    panel.video.activated.emit(1)
    assert shared.layer.name == "virtual nuclei"
    session.viewer.layers.remove("virtual nuclei")
    assert shared.layer is None


def test_a_dragged_slider_is_followed_live(session: Session) -> None:
    session.wait_for_preview()
    field = session.panel.form.model.fields["objects"]
    slider = field.parent().findChild(NumberSlider)
    slider.setSliderDown(True)
    seen = set()
    for place in range(slider.value(), slider.value() - 200, -20):
        slider.setSliderPosition(place)
        assert slider.value() == place  # the number does not pull it back
        assert field.value() == session.panel.settings.objects
        session.wait_for_preview()
        seen.add(len(np.unique(session.shown())) - 1)
    assert session.panel.settings.objects in seen
    assert len(seen) > 5


def test_removing_the_layer_while_it_is_computed(session: Session) -> None:
    session.wait_for_preview()
    session.type("objects", "30")
    session.viewer.layers.remove("simulated")
    session.qtbot.wait(300)
    assert not session.panel.live.isChecked()
    assert "simulated" not in session.viewer.layers
    session.click(session.panel.live)
    session.wait_for_preview()


@pytest.mark.parametrize("with_work", [False, True])
def test_closing_the_dock_while_it_computes(session: Session, with_work: bool) -> None:
    session.wait_for_preview()
    if with_work:
        session.click(session.panel.match)
    session.type("objects", "30")
    session.viewer.window.remove_dock_widget(session.panel)
    del session.panel
    gc.collect()
    session.qtbot.wait(500)
    session.viewer.add_image(np.zeros((2, 9, 9)), name="later")
    session.viewer.layers.clear()
    session.qtbot.wait(200)


def test_a_reopened_panel_reuses_its_layer(session: Session) -> None:
    session.wait_for_preview()
    session.viewer.window.remove_dock_widget(session.panel)
    _, session.panel = session.viewer.window.add_plugin_dock_widget(
        "napari-asist", "Simulate"
    )
    session.type("objects", "9")
    session.wait_for_preview()
    names = [layer.name for layer in session.viewer.layers]
    assert names == ["virtual nuclei", "simulated"]


def test_the_first_preview_resembles_the_video(opened: Session) -> None:
    session, panel = opened, opened.panel
    session.until(lambda: panel.synthetic.isChecked())
    found = panel.settings
    assert isinstance(found, NucleiSettings)
    assert found.objects == pytest.approx(45, rel=0.25)
    assert found.radius_mean == pytest.approx(12, rel=0.15)
    assert panel.summary.text().startswith(f"About {found.objects} nuclei per frame")
    assert panel.summary.isVisible()
    assert panel.session.recipe.simulation is None  # a run estimates them better
    session.wait_for_preview()
    session.until(lambda: "synthetic" in session.viewer.layers)
    video = np.asarray(session.viewer.layers["virtual nuclei"].data[0], np.float32)
    drawn = session.viewer.layers["synthetic"].data
    assert drawn.shape == video.shape
    assert np.median(drawn) == pytest.approx(np.median(video), rel=0.05)
    assert drawn.std() == pytest.approx(video.std(), rel=0.5)
    high = np.diff(drawn, axis=0), np.diff(video, axis=0)
    noise = [float(np.median(np.abs(one))) for one in high]
    assert noise[0] == pytest.approx(noise[1], rel=0.25)
    session.click(panel.synthetic)
    assert "synthetic" not in session.viewer.layers


def test_the_first_look_keeps_what_the_user_has_changed(opened: Session) -> None:
    session, panel = opened, opened.panel
    session.type("objects", "9")
    chosen = panel.settings
    session.until(lambda: panel.looks.look is not None)
    session.qtbot.wait(200)
    assert panel.settings == chosen
    assert not panel.synthetic.isChecked()
    assert panel.synthetic.isEnabled()
    assert "noise, blur" in panel.synthetic.toolTip()
    session.click(panel.synthetic)
    session.until(lambda: "synthetic" in session.viewer.layers)


def test_the_first_look_keeps_an_invalid_text(opened: Session) -> None:
    session, panel = opened, opened.panel
    session.type("radius_mean", "none")
    session.until(lambda: panel.looks.look is not None)
    session.qtbot.wait(200)
    assert panel.form.model.fields["radius_mean"].value() == "none"


def test_another_video_is_looked_at_in_turn(opened: Session) -> None:
    from napari_asist.plugin.contributions.samples import virtual_microvilli

    session, panel = opened, opened.panel
    session.until(lambda: panel.looks.look is not None)
    data, options, _ = virtual_microvilli()[0]
    sticks = session.viewer.add_image(np.asarray(data[:3]), **options)
    panel.session.set_layer(sticks)
    assert panel.looks.look is None
    session.until(lambda: panel.looks.look is not None)
    assert panel.settings.kind == "microvilli"
    assert panel.simulator.currentText() == "sticks"
    assert " sticks per frame" in panel.summary.text()


def test_a_video_that_shows_nothing_is_said_to(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(np.zeros((4, 64, 64)), name="black")
    session = Session(viewer, qtbot)
    session.until(lambda: "No object stands out" in session.panel.summary.text())
    assert session.panel.settings.field == (64, 64)
    assert not session.panel.synthetic.isEnabled()


def test_a_match_shows_what_it_detected(session: Session) -> None:
    panel, viewer = session.panel, session.viewer
    session.click(panel.match)
    session.until(lambda: "virtual nuclei detected" in viewer.layers)
    layer = viewer.layers["virtual nuclei detected"]
    assert layer.contour > 0
    assert len(np.unique(layer.data)) - 1 == pytest.approx(45, rel=0.2)
    assert panel.session.layer.name == "virtual nuclei"
    assert panel.video.findText(layer.name) < 0
    for word in ("nuclei per frame", "radius ", "move ", "divide"):
        assert word in panel.summary.text()
    before = layer.data
    viewer.dims.set_current_step(0, 4)
    session.until(lambda: not np.array_equal(layer.data, before))
    truth = np.asarray(viewer.layers["virtual nuclei"].data[4])
    assert truth[layer.data > 0].mean() > 1.1 * truth[layer.data == 0].mean()
    viewer.dims.set_current_step(0, 0)
    assert np.array_equal(layer.data, before)  # kept from before
    viewer.layers.remove("virtual nuclei detected")
    viewer.dims.set_current_step(0, 3)
    session.qtbot.wait(500)
    assert "virtual nuclei detected" not in viewer.layers


def test_outlines_go_with_their_video(session: Session) -> None:
    session.click(session.panel.match)
    session.until(lambda: "virtual nuclei detected" in session.viewer.layers)
    session.viewer.layers.remove("virtual nuclei")
    assert "virtual nuclei detected" not in session.viewer.layers
