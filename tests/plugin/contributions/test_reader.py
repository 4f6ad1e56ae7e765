from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from cases import CASES

from napari_asist.ctc import write_ctc
from napari_asist.plugin.contributions.reader import get_reader

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


def test_declines_everything_else(tmp_path: Path, truth: Path) -> None:
    frames = tmp_path / "01"
    frames.mkdir()
    tifffile.imwrite(frames / "t000.tif", np.zeros((4, 4), np.uint16))
    (tmp_path / "my_track.txt").write_text("notes")
    for path in (
        frames,
        frames / "t000.tif",
        truth / "SEG",
        tmp_path,
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
