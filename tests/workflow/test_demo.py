import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from matplotlib.image import imread
from tiny import NUCLEI, tiny_recipe

from napari_asist.ctc import read_ctc, validate_ctc
from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, result_of
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.workflow.demo import NUCLEI as DEMO_NUCLEI
from napari_asist.workflow.demo import make_video, run_demo
from napari_asist.workflow.overview import track_color, write_overview

FEW = NucleiSettings.model_validate(NUCLEI)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    demo = result_of(run_demo(out, tiny_recipe(), StopFlag(), FEW))
    assert demo.result == out / "run" / "result" / "01_RES"
    assert demo.overview == out / "overview.png"
    scores = json.loads((out / "scores.json").read_text())
    assert scores == json.loads(json.dumps(demo.scores.as_dict()))
    assert 0 <= scores["det"] <= 1
    return out


def test_the_demo_makes_valid_scored_tracks(out: Path) -> None:
    assert validate_ctc(out / "run" / "result" / "01_RES") == []
    assert len(list((out / "video").glob("t*.tif"))) == FEW.frames
    record = json.loads((out / "run" / "record.json").read_text())
    assert [video["path"] for video in record["videos"]] == [str(out / "video")]


def test_the_picture_has_color_and_three_rows(out: Path, tmp_path: Path) -> None:
    image = imread(out / "overview.png")[..., :3]
    assert image.shape[0] > 900
    assert np.ptp(image, axis=2).max() > 0.3
    write_overview(out / "run", tmp_path / "narrow.png", columns=2)
    assert imread(tmp_path / "narrow.png").shape[1] < image.shape[1]


def test_neighboring_labels_differ_in_color() -> None:
    colors = np.array([track_color(label) for label in range(1, 60)])
    assert np.abs(np.diff(colors, axis=0)).sum(axis=1).min() > 0.3
    assert len(np.unique(colors.round(3), axis=0)) == 59


def test_the_demo_resumes(out: Path) -> None:
    before = (out / "video" / "t000.tif").stat().st_mtime_ns
    result_of(run_demo(out, tiny_recipe(), StopFlag(), FEW))
    assert (out / "video" / "t000.tif").stat().st_mtime_ns == before


def test_another_seed_needs_another_folder(out: Path) -> None:
    with pytest.raises(AsistError, match="made with another seed"):
        result_of(run_demo(out, tiny_recipe(seed=1), StopFlag(), FEW))


def test_the_demos_nuclei_touch_divide_and_are_partly_dim(tmp_path: Path) -> None:
    make_video(tmp_path, DEMO_NUCLEI, 0)
    truth = read_ctc(tmp_path / "truth" / "01_GT")
    assert np.count_nonzero(truth.tracks["parent"]) >= 4
    labels = truth.labels.astype(int)
    left, right = labels[:, :, :-1], labels[:, :, 1:]
    touching = (left != right) & (left > 0) & (right > 0)
    assert touching.any(axis=(1, 2)).all()
    image = tifffile.imread(tmp_path / "video" / "t000.tif").astype(float)
    background = np.median(image[labels[0] == 0])
    present = np.unique(labels[0])[1:]
    means = [image[labels[0] == label].mean() - background for label in present]
    assert min(means) < max(means) / 10
    assert 24 <= len(present) <= 36
