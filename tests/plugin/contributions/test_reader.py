import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from cases import CASES
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QTimer

from napari_asist.ctc import read_ctc, write_ctc
from napari_asist.labels import LabelVideo
from napari_asist.plugin.contributions.reader import get_reader
from napari_asist.plugin.layers.video_layers import layer_video

PLUGIN = "napari-asist"


@pytest.fixture
def result(tmp_path: Path) -> Path:
    write_ctc(CASES["division"](), tmp_path / "01_RES")
    return tmp_path / "01_RES"


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    write_ctc(CASES["division"](), tmp_path / "01_GT", "truth")
    return tmp_path / "01_GT"


def test_reads_results_and_ground_truths(result: Path, truth: Path) -> None:
    for path, name in (
        (result, "01_RES"),
        (result / "res_track.txt", "01_RES"),
        (truth, "01_GT"),
        (truth / "TRA", "01_GT"),
        (truth / "TRA" / "man_track.txt", "01_GT"),
    ):
        reader = get_reader(str(path))
        assert reader is not None, path
        labels, tracks = reader(str(path))
        np.testing.assert_array_equal(labels[0], CASES["division"]().labels)
        assert labels[1]["name"] == name
        assert tracks[1]["graph"] == {2: [1], 3: [1]}


def write_frames(folder: Path, prefix: str = "t", times: int = 4) -> Path:
    """Write frames of different noise; the first has the number 150."""
    folder.mkdir()
    for time, frame in enumerate(noise(times)):
        tifffile.imwrite(folder / f"{prefix}{150 + time}.tif", frame)
    return folder


def noise(times: int) -> Any:
    return np.random.default_rng(0).integers(0, 250, (times, 20, 30)).astype("u2")


def test_declines_everything_else(tmp_path: Path, truth: Path) -> None:
    frames = write_frames(tmp_path / "01")
    (tmp_path / "my_track.txt").write_text("notes")
    for path in (
        frames / "t150.tif",
        tmp_path / "my_track.txt",
        tmp_path / "not there" / "res_track.txt",
    ):
        assert get_reader(str(path)) is None, path
    assert get_reader([str(truth), str(frames)]) is None


def test_a_faulty_folder_is_shown_repaired(result: Path) -> None:
    (result / "res_track.txt").write_text("1 0 4 0\n2 2 4 1\n3 2 4 1\n4 0 4 0\n")
    reader = get_reader(str(result))
    assert reader is not None
    with pytest.warns(UserWarning, match="shown repaired; the first is: .*label 2"):
        _, tracks = reader(str(result))
    assert tracks[1]["graph"] == {2: [1], 3: [1]}


def test_a_dropped_table_opens_without_a_question(
    make_napari_viewer_proxy: Any, result: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    viewer.open(str(result / "res_track.txt"), plugin=None)
    assert [layer.name for layer in viewer.layers] == ["01_RES", "01_RES tracks"]
    assert viewer.layers[0].source.reader_plugin == PLUGIN
    assert viewer.dims.range[0].stop == 4


def test_folder_opens_with_the_plugin(
    make_napari_viewer_proxy: Any, truth: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    viewer.open(str(truth), plugin=PLUGIN)
    assert [layer.name for layer in viewer.layers] == ["01_GT", "01_GT tracks"]


def test_tiff_stays_with_napari(make_napari_viewer_proxy: Any, tmp_path: Path) -> None:
    video = np.ones((3, 16, 16), np.uint16)
    tifffile.imwrite(tmp_path / "video.tif", video, photometric="minisblack")
    viewer = make_napari_viewer_proxy()
    (layer,) = viewer.open(str(tmp_path / "video.tif"), plugin=None)
    assert layer.source.reader_plugin == "napari"
    assert layer.data.shape == (3, 16, 16)


def test_a_dropped_folder_of_frames_opens_lazily(
    make_napari_viewer_proxy: Any, tmp_path: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    (layer,) = viewer.open(str(write_frames(tmp_path / "cells")), plugin=PLUGIN)
    assert layer.name == "cells"
    assert type(layer.data).__module__.startswith("dask")
    assert layer.data.chunks == ((1,) * 4, (20,), (30,))
    np.testing.assert_array_equal(layer.data.compute(), noise(4))
    # The numbers in the names count.
    assert layer_video(layer).first_frame == 150


def test_the_channels_of_a_folder_become_layers(
    make_napari_viewer_proxy: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "cells"
    write_frames(folder, "c0_t")
    for time, frame in enumerate(noise(4)):
        tifffile.imwrite(folder / f"c1_t{150 + time}.tif", frame + 1)
    viewer = make_napari_viewer_proxy()
    viewer.open(str(folder), plugin=PLUGIN)
    assert [layer.name for layer in viewer.layers] == ["cells c0", "cells c1"]
    assert [layer.visible for layer in viewer.layers] == [True, False]
    np.testing.assert_array_equal(viewer.layers[1].data.compute(), noise(4) + 1)


def test_folders_that_cannot_be_read_are_explained_in_one_sentence(
    make_napari_viewer_proxy: Any, tmp_path: Path, truth: Path
) -> None:
    viewer = make_napari_viewer_proxy()
    gap = write_frames(tmp_path / "gap")
    (gap / "t151.tif").unlink()
    broken = write_frames(tmp_path / "broken")
    (broken / "t152.tif").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (truth / "SEG" / "man_seg000.tif").touch()
    for folder, sentence in (
        (gap, "has no frame 151"),
        (broken, "t152.tif is empty"),
        (tmp_path / "empty", "contains no TIFF files"),
        (truth / "SEG", "contains labels, not a video"),
    ):
        notification_manager.records.clear()
        assert viewer.open(str(folder), plugin=PLUGIN) == []
        (said,) = notification_manager.records
        assert sentence in said.message
        assert "Traceback" not in said.message
        assert not len(viewer.layers)


def test_the_window_lives_while_a_folder_is_read(
    make_napari_viewer_proxy: Any, result: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticked = threading.Event()

    def slow_read(folder: Path) -> LabelVideo:
        assert ticked.wait(10)
        return read_ctc(folder)

    monkeypatch.setattr("napari_asist.ctc.read_ctc", slow_read)
    viewer = make_napari_viewer_proxy()
    QTimer.singleShot(0, ticked.set)
    viewer.open(str(result), plugin=PLUGIN)
    assert [layer.name for layer in viewer.layers] == ["01_RES", "01_RES tracks"]
