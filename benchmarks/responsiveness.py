"""How long the napari window stops responding, step by step.

Opens a result of 92 frames of 700 x 1100 px with 330 tracks in a real window, and takes
every step that a user takes with it: opening the folder, using its layer as the result,
choosing tracks, each correction, scoring, exporting, closing. A timer of 5 ms in the
window records how long the event loop was busy between two of its ticks. Prints the
largest gap of each step (the median of the tries, where a step is repeated), the time
that the window's thread computed in it, and which gaps are above 100 ms. A larger gap
than computing time means that other threads, or other programs, were busy. What napari
itself takes to show the same arrays is listed, too.

With ``--train``, a network is trained in the window instead, on the CPU.

Run it with a display, or with ``xvfb-run -a``.
"""

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import napari
import numpy as np
from napari.layers import Labels
from napari.qt import get_qapp
from qtpy.QtCore import QEventLoop, QPointF, Qt, QTimer
from qtpy.QtTest import QTest

from napari_asist.ctc import write_ctc
from napari_asist.labels import LabelVideo
from napari_asist.plugin.correct.panel import IN_ALL_FRAMES, CorrectPanel
from napari_asist.plugin.score.panel import ScoresPanel
from napari_asist.plugin.session import Session, session_of
from napari_asist.plugin.track.panel import ResultPanel
from napari_asist.plugin.training.panel import NetworkPanel
from napari_asist.plugin.training.state import source_of
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.workflow.recipe import Recipe, make_recipe

TICK_MILLISECONDS = 5

ALLOWED_MILLISECONDS = 100

LONGEST = 600

SETTLE_SECONDS = 0.4
"""What a step starts, such as drawing, may come a little later."""

CELLS = NucleiSettings(
    videos=1,
    frames=92,
    height=700,
    width=1100,
    objects=150,
    appearing=40,
    disappearing=40,
    mitoses=70,
)
"""330 tracks with the seed 0."""

SPOILED = 10
"""One of so many tracks is cut in two, so that the scores have errors to list."""


class Gap(NamedTuple):
    """The largest gap of a step, and the most that the window's thread computed."""

    wall: float
    """Milliseconds."""

    computing: float
    """Milliseconds."""


class Gaps:
    """Record how long the event loop was busy between ticks of a timer."""

    def __init__(self) -> None:
        self.begin()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        """Discard the recorded gaps."""
        self._ticks = [(time.perf_counter(), time.thread_time())]

    def largest(self) -> Gap:
        """Return the largest gap since the last `begin`."""
        self._tick()
        walls, computing = 1000 * np.diff(np.array(self._ticks), axis=0).T
        return Gap(float(walls.max()), float(computing.max()))

    def _tick(self) -> None:
        self._ticks.append((time.perf_counter(), time.thread_time()))


class Report:
    """The gaps of all steps, printed as they come."""

    def __init__(self) -> None:
        self._gaps = Gaps()
        self._steps: dict[str, list[Gap]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Record the largest gap while a step runs and what it started settles."""
        wait(SETTLE_SECONDS)
        self._gaps.begin()
        yield
        wait(SETTLE_SECONDS)
        gap = self._gaps.largest()
        self._steps.setdefault(name, []).append(gap)
        print(f"  {name}: {gap.wall:.0f} ms", flush=True)

    def table(self) -> str:
        """Return one line per step, and the number of steps above the limit."""
        lines = ["", f"{'step':42} {'tries':>5} {'gap (ms)':>9} {'computing (ms)':>15}"]
        medians = {
            name: Gap(*np.median(np.array(gaps), axis=0).tolist())
            for name, gaps in self._steps.items()
        }
        for name, (wall, computing) in medians.items():
            mark = "  above" if wall > ALLOWED_MILLISECONDS else ""
            tries = len(self._steps[name])
            lines.append(f"{name:42} {tries:5} {wall:9.0f} {computing:15.0f}{mark}")
        above = [wall > ALLOWED_MILLISECONDS for wall, _ in medians.values()]
        busy = [
            name
            for name, gap in medians.items()
            if gap.computing > ALLOWED_MILLISECONDS
        ]
        lines.append(
            f"{len(medians)} steps: {sum(above)} with a gap above "
            f"{ALLOWED_MILLISECONDS} ms; the window's thread computed that long in "
            f"{len(busy)}" + (f": {', '.join(busy)}" if busy else "")
        )
        return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tries", type=int, default=3, help="how often a correction is repeated"
    )
    parser.add_argument(
        "--train",
        type=float,
        metavar="SECONDS",
        help="train a network instead, for so long",
    )
    options = parser.parse_args(arguments)
    application = get_qapp()  # a timer needs one
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        if options.train:
            train(Path(folder), options.train, report)
        else:
            inspect(Path(folder), options.tries, report)
    print(report.table())
    application.closeAllWindows()
    return 0


def inspect(folder: Path, tries: int, report: Report) -> None:
    """Take every step that a user takes with a result.

    Parameters
    ----------
    folder : Path
        For the result, its ground truth and the export.
    tries : int
        How often a correction is repeated.
    report : Report
    """
    truth, result = folder / "01_GT", folder / "01_RES"
    video = simulate_video(CELLS, 0)
    write_ctc(video, truth, "truth")
    write_ctc(spoiled(video), result)
    viewer = napari.Viewer()
    viewer.window.resize(1366, 768)
    viewer.add_image(np.where(video.labels > 0, 200, 20).astype(np.uint8), name="cells")
    show_plain(viewer, video, tries, report)

    session = session_of(viewer)
    with report.step("open a CTC folder"):
        viewer.open(str(result), plugin="napari-asist")
    panel = ResultPanel(viewer)
    viewer.window.add_dock_widget(panel, name="Track")
    user = User(viewer, session, panel)
    viewer.layers.selection.active = viewer.layers[result.name]
    with report.step("Use layer"):
        panel.use_layer.click()
        wait_until(user.is_measured)
    choose_tracks(user, tries, report)
    correct(user, tries, report)
    score(user, truth, tries, report)
    with report.step("export"):
        panel.exporting.export_into(folder / "export")
        wait_until(lambda: not panel.exporting.is_running)
    shown = LabelVideo(video.labels, video.tracks)
    with report.step("show a new result"):
        session.result.show(shown, "new")
        wait_until(user.is_measured)
    with report.step("close"):
        viewer.close()


class User:
    """A viewer with the panel Track, and where the user clicks."""

    def __init__(self, viewer: Any, session: Session, panel: ResultPanel) -> None:
        self.viewer, self.session, self.panel = viewer, session, panel

    @property
    def layer(self) -> Labels:
        """The layer of the result."""
        assert self.session.result.labels is not None
        return self.session.result.labels

    @property
    def video(self) -> LabelVideo:
        """The result."""
        assert self.session.result.video is not None
        return self.session.result.video

    def is_measured(self) -> bool:
        """Whether the table lists the tracks of the current result."""
        video = self.session.result.video
        listed = self.panel.table.tracks.labels
        return video is not None and listed == video.tracks["label"].tolist()


def show_plain(viewer: Any, video: LabelVideo, tries: int, report: Report) -> None:
    """Show the same arrays without this plugin, which is napari's own share."""
    from napari_asist.plugin.layers.label_layers import track_points

    points = track_points(video.labels)
    for _ in range(tries):
        for kind, add, data in (
            ("a Labels layer", viewer.add_labels, video.labels),
            ("a Tracks layer", viewer.add_tracks, points),
        ):
            with report.step(f"napari alone: add {kind}"):
                layer = add(data)
            with report.step(f"napari alone: remove {kind}"):
                viewer.layers.remove(layer)


def choose_tracks(user: User, tries: int, report: Report) -> None:
    """Choose tracks in the table, in the lineage tree and in the plots."""
    panel, table, tree = user.panel, user.panel.table, user.panel.tree
    for row in range(3, 3 + tries):
        with report.step("choose a track in the table"):
            place = table.visualRect(table.model().index(row, 0)).center()
            QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with report.step("show the lineage tree"):
        panel.tabs.setCurrentWidget(tree)
    for label in user.video.tracks["label"][10 : 10 + tries].tolist():
        with report.step("choose a track in the tree"):
            click_plot(tree.plot, tree.box, *tree.place_of(label))
    with report.step("show the plots"):
        panel.tabs.setCurrentWidget(panel.plots)
    for frame in range(20, 20 + tries):
        with report.step("choose a frame in the plots"):
            box = panel.plots.plots["area"].getViewBox()
            middle = float(np.mean(box.viewRange()[1]))
            click_plot(panel.plots.view, box, frame, middle)
    panel.tabs.setCurrentWidget(table)


def correct(user: User, tries: int, report: Report) -> None:
    """Make every correction, each several times; each is undone once."""
    with report.step("open the panel Correct"):
        panel = CorrectPanel(user.viewer)
        user.viewer.window.add_dock_widget(panel, name="Correct", tabify=True)
    panel.extent.setCurrentText(IN_ALL_FRAMES)

    def click(name: str, button: Any) -> None:
        revision = user.session.result.revision
        with report.step(name):
            button.click()
            wait_until(
                lambda: user.session.result.revision > revision and user.is_measured()
            )

    def choose(track: int, other: int = 0, time: int | None = None) -> None:
        panel.track.setValue(track)
        panel.other.setValue(other)
        if time is not None:
            user.viewer.dims.set_current_step(0, time)

    for number in range(tries):
        for name, button, chosen in (
            ("split a track", panel.split_here, partial(whole, user, number)),
            ("merge two tracks", panel.merge, partial(successive, user)),
            ("swap two tracks", panel.swap, partial(together, user, number)),
            ("cut objects in two", panel.split_in_two, partial(whole, user, number)),
            ("delete a track", panel.delete, partial(whole, user, number + 3)),
            ("relabel a track", panel.relabel, partial(whole, user, number + 6)),
        ):
            choose(*chosen())
            if button is panel.relabel:
                panel.new_label.setValue(1000 + number)
            click(name, button)
            if number == 0:
                click("undo", panel.undo)
                click("redo", panel.redo)
        child = user.video.tracks[user.video.tracks["parent"] > 0][number]
        choose(int(child["label"]), int(child["parent"]))
        click("remove a parent", panel.remove_parent)
        click("set a parent", panel.set_parent)
        with report.step("paint"):
            paint(user.layer, 40 + number)
        click("accept painting", panel.accept)
        paint(user.layer, 50 + number)
        with report.step("discard painting"):
            panel.discard.click()


def paint(layer: Labels, time: int) -> None:
    """Paint a spot of a new object on one frame."""
    layer.selected_label = 2000 + time
    layer.paint((time, 300, 500), layer.selected_label)


def whole(user: User, number: int) -> tuple[int, int, int]:
    """Return one of the tracks that are in all frames, and the frame to correct at."""
    tracks = user.video.tracks
    lengths = tracks["end"] - tracks["begin"]
    label = tracks["label"][np.argsort(-lengths, kind="stable")[number]]
    row = tracks[tracks["label"] == label][0]
    return int(label), 0, int(row["begin"] + row["end"] + 1) // 2


def together(user: User, number: int) -> tuple[int, int, int]:
    """Return two tracks that are in a frame together."""
    one, _, frame = whole(user, 2 * number)
    other, _, _ = whole(user, 2 * number + 1)
    return one, other, frame


def successive(user: User) -> tuple[int, int]:
    """Return two tracks of which one begins where the other ends."""
    tracks = user.video.tracks
    for row in tracks:
        after = tracks["label"][tracks["begin"] == row["end"] + 1]
        if len(after):
            return int(row["label"]), int(after[-1])
    raise ValueError("no track begins where another ends")


def score(user: User, truth: Path, tries: int, report: Report) -> None:
    """Score the result and go to its first errors."""
    with report.step("open the panel Score"):
        panel = ScoresPanel(user.viewer)
        user.viewer.window.add_dock_widget(panel, name="Score", tabify=True)
    panel.truth.setText(str(truth))
    with report.step("score"):
        panel.score.click()
        wait_until(lambda: not panel.work.is_running)
    print(f"  {len(panel.errors.listed())} errors {panel.bar.message.text()}")
    for row in range(tries):
        with report.step("go to an error"):
            panel.errors.view.selectRow(row)


def spoiled(video: LabelVideo) -> LabelVideo:
    """Return a video in which some tracks are cut in two."""
    from napari_asist.proofreading import EditHistory, split_track

    history = EditHistory(video)
    for label, begin, end, _ in video.tracks[::SPOILED].tolist():
        if end > begin:
            history.do(split_track(history.video, label, (begin + end + 1) // 2))
    return history.video


def train(folder: Path, seconds: float, report: Report) -> None:
    """Train a small network in the window.

    Parameters
    ----------
    folder : Path
        For the run.
    seconds : float
        How long to measure the training itself.
    report : Report
    """
    viewer = napari.Viewer()
    viewer.window.resize(1366, 768)
    viewer.open_sample("napari-asist", "virtual-nuclei")
    session = session_of(viewer)
    session.set_recipe(small_recipe())
    panel = NetworkPanel(viewer)
    viewer.window.add_dock_widget(panel, name="Embedding")
    work = session.work
    session.set_run(folder / "run")
    with report.step("no training"):
        wait(10)
    with report.step("simulate, fit, draw"):
        prepare(panel)
        wait_until(lambda: not work.is_running)
    with report.step("refine, import, first steps"):
        panel.start.click()
        wait_until(lambda: not panel.progress.plot.is_empty or not work.is_running)
    before, began = work.state.done, time.monotonic()
    with report.step("training"):
        wait(seconds)
    pace = (work.state.done - before) / (time.monotonic() - began)
    print(f"  {pace:.2f} steps/s")
    with report.step("save and stop"):
        work.stop()
        wait_until(lambda: not work.is_running)
    print(panel.bar.message.text())
    viewer.close()


def small_recipe() -> Recipe:
    """Return the preset laptop, whose network is paper-small's, with few frames."""
    size = {"videos": 2, "frames": 16, "height": 256, "width": 256}
    return make_recipe("laptop", changes=[{"estimate": size}])


def prepare(panel: NetworkPanel) -> None:
    """Run the stages before those of the panel."""
    session = panel.session
    assert session.run is not None
    video, channel = source_of(session)
    stages = ("simulate", "synthesize")
    session.work.start(video, channel, session.recipe, session.run, stages)


def click_plot(view: Any, box: Any, x: float, y: float) -> None:
    """Click a plot at given axis values."""
    scene = box.mapViewToScene(QPointF(x, y))
    place = view.mapFromScene(scene)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def wait(seconds: float) -> None:
    """Process events for some time."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def wait_until(is_done: Callable[[], bool]) -> None:
    """Process events until a condition is met.

    Raises
    ------
    TimeoutError
        If it is not met in time.
    """
    end = time.monotonic() + LONGEST
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError("the work did not finish")
        wait(0.02)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
