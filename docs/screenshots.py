"""Take the documentation's screenshots of the panels, in a real window.

Run it from the checkout, with a display: ``python docs/screenshots.py``, or
``xvfb-run -a -s "-screen 0 1600x1000x24" python docs/screenshots.py``. It goes through
a whole session, with videos from the virtual microscope, in a few minutes on two cores.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import tifffile
from screenshot_settings import CYCLEGAN, FITTED, NUCLEI, PIXEL_SIZE
from screenshot_user import User, wait, wait_until

from napari_asist.ctc import write_ctc
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.simulation.simulate import simulate_video
from napari_asist.workflow.recipe import make_recipe

SIMULATED = NUCLEI.changed(frames=24, border=0.5).model_dump()
IMAGES = Path(__file__).parent / "images"


def main(arguments: list[str] | None = None) -> int:
    """Take all screenshots, or only one; the steps before it are also run.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--theme",
        nargs="+",
        choices=("dark", "light"),
        default=["dark"],
        help="names of pictures in the second theme end in its name",
    )
    parser.add_argument("--out", type=Path, default=IMAGES, metavar="DIR")
    parser.add_argument("--only", choices=tuple(PICTURES), metavar="NAME")
    options = parser.parse_args(arguments)
    user = User()
    with tempfile.TemporaryDirectory() as folder:
        for name, show in PICTURES.items():
            show(user, Path(folder))
            if options.only in (None, name):
                user.take_pictures(options.out / name, options.theme)
            if options.only == name:
                break
        user.session.work.stop()
        user.wait_for_run()
    user.viewer.close()
    return 0


def show_start(user: User, folder: Path) -> None:
    """Open a TIFF file and track it with the ready-made model."""
    truth = simulate_video(NUCLEI, 1)
    write_ctc(truth, folder / "01_GT", "truth")
    path = folder / "nuclei.tif"
    tifffile.imwrite(
        path,
        render_video(truth, MicroscopeSettings(), 1),
        imagej=True,
        resolution=(1 / PIXEL_SIZE, 1 / PIXEL_SIZE),
        metadata={"axes": "TYX", "unit": "um", "finterval": 1800},
    )
    user.viewer.open(str(path), plugin="napari")
    panel = user.go_to("Start")
    wait_until(lambda: "It takes" in panel.promise.text())
    panel.track.click()
    wait_until(lambda: user.session.result.video is not None)
    wait_until(lambda: not panel.tracking.is_running)
    user.viewer.dims.set_current_step(0, NUCLEI.frames // 2)
    user.viewer.reset_view()


def show_video(user: User, folder: Path) -> None:
    """Choose a run folder."""
    for layer in list(user.viewer.layers)[1:]:
        user.viewer.layers.remove(layer)
    panel = user.go_to("Video")
    panel.run.take(folder / "run")
    wait(500)
    user.viewer.reset_view()


def show_simulator(user: User, folder: Path) -> None:
    """Match the video and show outlines over it."""
    panel = user.go_to("Simulate")
    matched: list[object] = []
    panel.work.matched.connect(matched.append)
    panel.match.click()
    wait_until(lambda: bool(matched) and panel.match.isEnabled())
    changed = panel.settings.changed(frames=NUCLEI.frames, videos=2)
    panel.form.set_value(changed)
    panel.publish()
    panel.preview()
    wait_until(lambda: panel.player.shown_settings == panel.settings)
    simulated = user.viewer.layers["simulated"]
    simulated.contour, simulated.opacity = 1, 0.9
    user.viewer.dims.set_current_step(0, NUCLEI.frames // 2)
    user.viewer.reset_view()


def show_synthesis(user: User, folder: Path) -> None:
    """Train a small CycleGAN, and show it during training."""
    user.session.set_recipe(user.session.recipe.changed(synthesis=CYCLEGAN))
    panel = user.go_to("Synthesize")
    panel.start.click()
    state = user.session.work.state
    wait_until(lambda: "main" in state.stage and state.done >= CYCLEGAN["steps"] // 2)
    wait_until(lambda: bool(panel.progress.samples.steps))


def show_report(user: User, folder: Path) -> None:
    """Show the report once the CycleGAN is trained."""
    user.wait_for_run()
    panel = user.go_to("Synthesize")
    panel.tabs.setCurrentWidget(panel.report)


def show_synthetic_frame(user: User, folder: Path) -> None:
    """Show what the trained generator draws, next to the real frame."""
    panel = user.go_to("Simulate")
    wait_until(panel.synthetic.isEnabled)
    panel.synthetic.click()
    wait_until(lambda: "synthetic" in user.viewer.layers)
    wait(500)
    user.viewer.reset_view()


def show_training(user: User, folder: Path) -> None:
    """Train the network of a run that uses the fitted microscope."""
    panel = user.go_to("Simulate")
    panel.synthetic.setChecked(False)
    panel.live.setChecked(False)
    user.viewer.reset_view()
    user.go_to("Video").run.take(folder / "fitted")
    user.session.set_recipe(make_recipe(changes=[FITTED, {"simulation": SIMULATED}]))
    user.go_to("Synthesize").start.click()
    user.wait_for_run()
    panel = user.go_to("Train")
    panel.start.click()
    state = user.session.work.state
    steps = user.session.recipe.depth.total_steps
    wait_until(lambda: state.stage == "depth" and state.done >= 0.7 * steps)
    wait_until(lambda: bool(panel.progress.samples.steps))


def show_result(user: User, folder: Path) -> None:
    """Track the video with the trained network."""
    user.wait_for_run()
    panel = user.go_to("Track")
    panel.track.click()
    wait_until(lambda: not panel.tracking.is_running)
    wait_until(lambda: panel.table.tracks.rowCount() > 0)
    panel.navigator.jump(int(user.session.result.video.tracks["label"][2]))
    panel.table.scrollToTop()
    user.viewer.reset_view()


def show_tab(title: str, user: User, folder: Path) -> None:
    """Show another tab of the result."""
    tabs = user.go_to("Track").tabs
    titles = [tabs.tabText(place) for place in range(tabs.count())]
    tabs.setCurrentIndex(titles.index(title))


def show_proofreading(user: User, folder: Path) -> None:
    """Correct a track or two, and undo one correction."""
    panel = user.go_to("Correct")
    tracks = user.session.result.video.tracks
    longest = tracks["label"][(tracks["end"] - tracks["begin"]).argsort()[::-1]]
    user.viewer.dims.set_current_step(0, NUCLEI.frames // 2)
    panel.track.setValue(int(longest[0]))
    panel.split_here.click()
    panel.other.setValue(int(user.session.result.video.tracks["label"].max()))
    panel.merge.click()
    panel.track.setValue(int(longest[1]))
    panel.delete_from.click()


def show_scores(user: User, folder: Path) -> None:
    """Score against the ground truth and go to an error."""
    panel = user.go_to("Score")
    panel.truth.setText(str(folder / "01_GT"))
    panel.score.click()
    wait_until(lambda: not panel.work.is_running)
    panel.errors.view.selectRow(0)


PICTURES: dict[str, Callable[[User, Path], None]] = {
    "start": show_start,
    "video": show_video,
    "simulator": show_simulator,
    "synthesis": show_synthesis,
    "report": show_report,
    "synthetic-frame": show_synthetic_frame,
    "training": show_training,
    "result": show_result,
    "lineage": partial(show_tab, "Lineage"),
    "plots": partial(show_tab, "Plots"),
    "proofreading": show_proofreading,
    "scores": show_scores,
}

if __name__ == "__main__":
    sys.exit(main())
