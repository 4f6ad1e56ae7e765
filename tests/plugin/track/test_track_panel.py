"""The "Track" panel, by clicking in a real window."""

import gc
import json
import shutil
import threading
import weakref
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pandas
import pytest
import tifffile
from cases import CASES
from qtpy.QtWidgets import QFileDialog
from results import Results
from tiny import NUCLEI, tiny_recipe, write_tiny_video

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.embedding.train import build_network, save_model
from napari_asist.events import Progress, Started, StopFlag, Work, result_of
from napari_asist.labels import LabelVideo
from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.plugin.forms.numbers import NumberField
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import open_video, video_of
from napari_asist.workflow.model import Model
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.folder import RunFolder
from napari_asist.workflow.stages import STAGES, Job

SMALL = EmbeddingSettings(channels=8, levels=2)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_video(tmp_path_factory.mktemp("video") / "cells.tif")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Path:
    """A run with a network of random weights, and no result."""
    run = RunFolder(tmp_path_factory.mktemp("runs") / "run")
    recipe = tiny_recipe(seed=3)
    work = run_stages(video, recipe, run.path, StopFlag(), stages=("simulate",))
    result_of(work)
    job = Job(run, recipe, [open_video(video)], ["unread"], StopFlag())
    for stage in STAGES[1:-1]:
        plan = stage.plan(replace(job, hashes=hashes_of(run.path)))
        folder = run.open(plan)
        if stage.name == "train":
            network = build_network(SMALL)
            use = recipe.sections("scaling", "tracking")
            save_model(folder / "model.safetensors", network, SMALL, use)
        run.close(plan)
    return run.path


SCENE = NucleiSettings(
    frames=4,
    height=128,
    width=128,
    objects=8,
    appearing=0,
    disappearing=0,
    mitoses=0,
    radius_mean=12,
)


def hashes_of(run: Path) -> list[str]:
    record = json.loads((run / "record.json").read_text())
    return [video["sha256"] for video in record["videos"]]


@pytest.fixture(autouse=True)
def _quick_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return the simulated labels; a network of random weights is slow and useless."""

    def track_video(frames: Any, *given: Any) -> Work[LabelVideo]:
        yield Started("track", len(frames))
        for time in range(len(frames)):
            sleep(0.02)
            yield Progress("track", time + 1, len(frames))
        return simulate_video(NucleiSettings.model_validate(NUCLEI), 1)

    monkeypatch.setattr("napari_asist.tracking.track.track_video", track_video)


@pytest.fixture
def results(make_napari_viewer_proxy: Any, qtbot: Any, video: Path) -> Results:
    """The panel, and the video chosen in the session."""
    results = Results(make_napari_viewer_proxy(), qtbot)
    results.viewer.open(str(video), plugin="napari")
    results.session.set_layer(results.viewer.layers[0].__wrapped__)
    return results


def wait_for_tracks(results: Results) -> None:
    results.until(lambda: results.message().endswith("found."))
    assert results.session.result.video is not None
    results.wait_for(results.session.result.video)


def test_without_a_video_one_sentence_says_what_to_do(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    results = Results(make_napari_viewer_proxy(), qtbot)
    assert results.panel.model.list.value() == "nuclei (ready-made)"
    results.click(results.panel.track)
    assert results.message().startswith("Choose a video first")
    results.click(results.panel.export)
    assert results.panel.track.isEnabled()


def first_look(results: Results) -> Any:
    (layer,) = [one for one in results.viewer.layers if "first look" in one.name]
    np.testing.assert_array_equal(layer.translate, (2, 0, 0))
    assert layer.data.shape[0] == 1
    # Napari warns about layers with different units.
    assert layer.units == results.viewer.layers[0].units
    return layer.data[0].copy()


def test_a_ready_made_model_tracks_at_once(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    truth = simulate_video(SCENE, 2)
    frames = render_video(truth, MicroscopeSettings(), 2)
    results = Results(make_napari_viewer_proxy(), qtbot)
    units = ("pixel", "micrometer", "micrometer")
    results.viewer.add_image(frames, name="dropped", units=units)
    results.session.set_layer(results.viewer.layers[0].__wrapped__)
    assert results.panel.model.list.value() == "nuclei (ready-made)"
    results.viewer.dims.set_current_step(0, 2)
    looks: list[Any] = []
    results.panel.tracking.glimpsed.connect(lambda: looks.append(first_look(results)))
    results.click(results.panel.track)
    wait_for_tracks(results)
    found = results.session.result.video
    assert found is not None
    # The shown frame comes first, where it belongs, and goes when the video is tracked.
    (look,) = looks
    assert np.mean((look > 0) == (found.labels[2] > 0)) > 0.99
    assert not [one for one in results.viewer.layers if "first look" in one.name]
    assert 6 <= len(found.tracks) <= len(truth.tracks) == 8
    # The same as from Python.
    labels = Model.pretrained("nuclei").track(video_of(frames), progress=False).labels
    np.testing.assert_array_equal(found.labels, labels)


def test_the_runs_own_model_tracks_in_the_run_and_again_otherwise(
    results: Results, trained: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(trained, tmp_path / "copy"))
    results.session.set_run(run)
    assert results.panel.model.list.value() == "this run (copy)"
    assert results.panel.form.value.window == 2
    results.click(results.panel.track)
    assert not results.panel.track.isEnabled()
    wait_for_tracks(results)
    assert results.panel.track.isEnabled()
    written = read_ctc(run / "result" / "01_RES")
    assert results.session.result.video is not None
    np.testing.assert_array_equal(results.session.result.video.labels, written.labels)
    assert [layer.name for layer in results.viewer.layers] == [
        "cells",
        "cells result",
        "cells result tracks",
    ]
    # Other settings track again, and the earlier result is kept.
    field: Any = results.panel.form.model.fields["window"]
    results.click(results.panel.settings.toggleButton())
    assert isinstance(field, NumberField)
    edit = field.lineEdit()
    edit.selectAll()
    results.qtbot.keyClicks(edit, "3")
    assert results.session.recipe.tracking.window == 3
    results.click(results.panel.track)
    wait_for_tracks(results)
    assert (run / "earlier_result_1" / "01_RES").is_dir()
    record = json.loads((run / "result" / "record.json").read_text())
    assert record["settings"]["tracking"]["window"] == 3


def test_a_model_file_tracks_and_is_named_in_the_export(
    results: Results, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = trained / "network" / "model.safetensors"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(model), ""))
    results.click(results.panel.model.browse)
    assert results.panel.model.list.value() == "network/model.safetensors"
    results.click(results.panel.track)
    wait_for_tracks(results)
    out = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: str(out))
    results.click(results.panel.export)
    results.until(lambda: results.message().startswith("Exported"))
    assert validate_ctc(out / "01_RES") == []
    card = json.loads((out / "run_card.json").read_text())
    assert card["origin"]["video"]["name"] == "cells"
    assert not card["origin"]["trained"]
    assert not card["result"]["corrected_by_hand"]
    assert len(pandas.read_csv(out / "tracks.csv")) == card["result"]["tracks"]
    # A correction is recorded in the next export.
    shown = results.session.result.video
    assert shown is not None
    labels = shown.labels.copy()
    labels[labels == labels.max()] = 0
    results.session.result.replace(LabelVideo(labels))
    results.click(results.panel.export)
    results.until(lambda: results.panel.exporting.is_running)
    results.until(lambda: not results.panel.exporting.is_running)
    card = json.loads((out / "run_card.json").read_text())
    assert card["result"]["corrected_by_hand"]
    assert card["origin"] is not None


def test_cancel(results: Results, trained: Path) -> None:
    results.panel.model.take(trained)
    results.click(results.panel.track)
    results.click(results.panel.bar.cancel)
    results.until(lambda: results.message() == "Canceled.")
    assert results.panel.track.isEnabled()
    assert results.session.result.video is None


def test_a_file_that_is_not_a_model_is_rejected(results: Results, video: Path) -> None:
    results.panel.model.take(video)
    results.until(lambda: bool(results.message()))
    assert "no network" in results.message() or "cells.tif" in results.message()


def test_a_layer_becomes_the_result(results: Results) -> None:
    results.click(results.panel.use_layer)
    assert results.message() == "First select a Labels layer in the layer list."
    results.viewer.add_labels(CASES["division"]().labels, name="mine")
    results.click(results.panel.use_layer)
    assert results.message() == "The layer mine is now the result."
    results.until(lambda: results.panel.table.tracks.labels == [1, 2, 3, 4])


def test_nothing_to_export_and_foreign_files(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda *given: str(tmp_path)
    )
    results.click(results.panel.export)
    assert results.message().startswith("There is no result yet")
    results.show(CASES["good"]())
    (tmp_path / "tracks.csv").write_text("mine")
    results.click(results.panel.export)
    assert "contains a tracks.csv that is not from an export" in results.message()
    assert (tmp_path / "tracks.csv").read_text() == "mine"


def test_a_closed_dock_releases_the_session(
    make_napari_viewer_proxy: Any, qtbot: Any, tmp_path: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    results = Results(viewer, qtbot)
    results.show(CASES["division"]())
    session, gone = results.session, weakref.ref(results.panel)
    viewer.window.remove_dock_widget(results.dock)
    session.result.replace(CASES["division"]())
    session.set_run(tmp_path)
    viewer.dims.set_current_step(0, 2)
    viewer.theme = "light"
    del results
    qtbot.wait(50)
    gc.collect()
    assert gone() is None or not gone()._is_open  # type: ignore[union-attr]


def test_an_earlier_result_is_shown_when_the_panel_is_opened(
    make_napari_viewer_proxy: Any, qtbot: Any
) -> None:
    viewer = make_napari_viewer_proxy()
    first = Results(viewer, qtbot)
    first.show(CASES["division"]())
    viewer.window.remove_dock_widget(first.dock)
    second = Results(viewer, qtbot)
    second.wait_for(CASES["division"]())


def test_fits_a_narrow_dock(results: Results) -> None:
    least = results.panel.minimumSizeHint()
    assert max(least.width(), results.panel.minimumWidth()) <= 330
    assert least.height() <= 560


def test_a_model_tracks_the_frames_of_a_layer_in_the_background(
    make_napari_viewer_proxy: Any,
    qtbot: Any,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = []
    for name in ("track.tracking.track_in_memory", "result.origin.look_of"):
        module, function = name.rsplit(".", 1)
        done = getattr(import_module(f"napari_asist.plugin.{module}"), function)

        def watched(*given: Any, done: Any = done) -> Any:
            threads.append(threading.current_thread())
            return done(*given)

        monkeypatch.setattr(f"napari_asist.plugin.{name}", watched)
    monkeypatch.delattr("napari_asist.plugin.result.result_layers.look_of")
    results = Results(make_napari_viewer_proxy(), qtbot)
    frames = tifffile.imread(write_tiny_video(trained.parent / "other.tif", 5))
    layer = results.viewer.add_image(frames, name="in memory")
    results.session.set_layer(layer.__wrapped__)
    results.panel.model.take(trained)
    results.click(results.panel.track)
    wait_for_tracks(results)
    assert len(threads) == 2
    assert threading.main_thread() not in threads


def test_a_run_keeps_its_video_when_another_is_tracked(
    make_napari_viewer_proxy: Any, qtbot: Any, trained: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(trained, tmp_path / "copy"))
    (run / "video.tif").write_text("the run's own")
    results = Results(make_napari_viewer_proxy(), qtbot)
    frames = tifffile.imread(write_tiny_video(tmp_path / "other.tif", 5))
    layer = results.viewer.add_image(frames, name="in memory")
    results.session.set_layer(layer.__wrapped__)
    results.session.set_run(run)
    results.click(results.panel.track)
    assert not results.panel.track.isEnabled()
    wait_for_tracks(results)
    assert (run / "video.tif").read_text() == "the run's own"
    assert not (run / "result").exists()
