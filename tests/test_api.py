"""The functions for scripts, called as in a script."""

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from cases import CASES, division
from tiny import NUCLEI, TINY, tiny_recipe, write_tiny_video

import napari_asist as asist


def test_all_names_exist() -> None:
    for name in asist.__all__:
        assert getattr(asist, name) is not None, name
    assert "train" in dir(asist)


def test_simulate_and_render_agree_with_the_command(tmp_path: Path) -> None:
    from napari_asist.cli.main import main

    settings = asist.NucleiSettings.model_validate(NUCLEI)
    video = asist.simulate(settings, seed=4)
    command = ["simulate", "nuclei", "--out", str(tmp_path), "--seed", "4", "--quiet"]
    for name, value in NUCLEI.items():
        if name not in ("kind", "videos"):
            command += ["--set", f"{name}={value}"]
    assert main(command) == 0
    written = asist.read_ctc(tmp_path / "01_GT")
    np.testing.assert_array_equal(written.labels, video.labels)
    images = asist.render(video, seed=4)
    assert images.shape == video.labels.shape
    assert images.dtype == np.uint16
    objects, ground = images[video.labels > 0], images[video.labels == 0]
    assert objects.mean() > ground.mean() + 3 * ground.std()


@pytest.mark.parametrize("kind", ["file", "numpy", "dask", "float"])
def test_an_array_works_wherever_a_file_does(tmp_path: Path, kind: str) -> None:
    path = write_tiny_video(tmp_path / "cells.tif")
    frames = asist.open_video(path).frames.compute()
    source = {
        "file": path,
        "numpy": frames,
        "dask": da.from_array(frames, (1, -1, -1)),
        "float": frames.astype(np.float32),
    }[kind]
    video = asist.open_video(source)
    assert len(video) == len(frames)
    np.testing.assert_array_equal(video.frame(3), frames[3])
    recipe = asist.Recipe.preset("laptop", scale=TINY["scale"])
    found = asist.estimate(source, recipe, progress=False).simulation
    expected = asist.estimate(path, recipe, progress=False).simulation
    assert found == expected


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((8, 8), np.uint8), "axes"),
        (np.zeros((2, 3, 8, 8), np.uint8), "axes"),
        (np.zeros((0, 8, 8), np.uint8), "axes"),
        (np.zeros((2, 8, 8), np.complex64), "complex64"),
        (np.full((2, 8, 8), "a"), "numbers"),
    ],
)
def test_arrays_that_are_not_videos_are_rejected(
    array: np.ndarray, sentence: str
) -> None:
    with pytest.raises(asist.AsistError, match=sentence):
        asist.open_video(array)


def test_pixels_that_are_not_numbers_are_rejected() -> None:
    frames = np.ones((3, 8, 8))
    frames[1, 2, 2] = np.nan
    with pytest.raises(asist.AsistError, match="frame 1: some pixels are NaN"):
        asist.open_video(frames).frame(1)


def test_a_run_of_an_array_says_that_it_has_no_file(tmp_path: Path) -> None:
    from napari_asist.workflow.run_folder.record import recorded_videos

    frames = asist.open_video(write_tiny_video(tmp_path / "cells.tif")).frames
    stop = asist.StopFlag()
    run = tmp_path / "run"

    recipe = tiny_recipe()
    from napari_asist.events import result_of
    from napari_asist.workflow.run import run_stages

    video = asist.open_video(frames)
    result_of(run_stages(video, recipe, run, stop, stages=("simulate",)))
    with pytest.raises(asist.AsistError, match="was made from an array"):
        recorded_videos(run)


def test_a_table_of_tracks() -> None:
    video = division()
    table = asist.track_table(video)
    assert table["track"].tolist() == video.tracks["label"].tolist()
    assert table["parent"].tolist() == video.tracks["parent"].tolist()
    assert (table["frames"] == table["last_frame"] - table["first_frame"] + 1).all()
    mothers = table.set_index("track").loc[table["parent"].unique()[1:], "children"]
    assert mothers.tolist() == [2] * len(mothers)


def test_frames_in_table_and_graph_are_numbered_as_on_disk() -> None:
    video = CASES["late_start"]()
    assert video.first_frame > 0
    assert asist.track_table(video)["first_frame"].min() >= video.first_frame
    times = [frame for frame, _ in asist.track_graph(video)]
    assert min(times) == video.first_frame


def test_a_graph_of_objects() -> None:
    import networkx

    video = division()
    graph = asist.track_graph(video)
    assert len(graph) == sum(len(np.unique(frame)) - 1 for frame in video.labels)
    assert networkx.is_directed_acyclic_graph(graph)
    out = dict(graph.out_degree())
    mothers = [label for (_, label), degree in out.items() if degree == 2]
    assert mothers == np.unique(video.tracks["parent"])[1:].tolist()


def test_evaluate_takes_folders_and_labels(tmp_path: Path) -> None:
    video = division()
    truth, result = tmp_path / "01_GT", tmp_path / "01_RES"
    asist.write_ctc(video, truth, "truth")
    asist.write_ctc(video, result)
    found = [
        asist.evaluate(truth, result),
        asist.evaluate(str(truth), video),
        asist.evaluate(video, result),
        asist.evaluate(video, video),
    ]
    assert [scores.tra for scores in found] == [1.0] * 4
    assert [scores.seg for scores in found] == [1.0] * 4
    with pytest.raises(asist.AsistError, match="own masks"):
        asist.evaluate(video, video, segmentation=truth)
