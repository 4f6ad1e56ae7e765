"""Writing a result takes few passes over its labels, wherever they are stored."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pytest
from cases import CASES
from numpy.typing import NDArray
from tiny import tiny_recipe

from napari_asist.ctc import read_ctc, write_ctc
from napari_asist.events import StopFlag, Work, result_of
from napari_asist.labels import LabelVideo
from napari_asist.measurement.scale import Scale
from napari_asist.video import open_video
from napari_asist.workflow.apply_model import track_with_model
from napari_asist.workflow.export.export import export_result
from napari_asist.workflow.export.run_card import run_card
from napari_asist.workflow.model import Model

PRESENCE = WRITE = COMPARE = HASH = 1
"""Passes over the labels: to find them in each frame (and to measure the objects if
needed), to write the images, to compare them with the files, and to hash them."""


class CountedFrames:
    """Labels that are read frame by frame, never as a whole."""

    def __init__(self, labels: Any) -> None:
        self._labels = labels
        self.shape, self.dtype, self.ndim = labels.shape, labels.dtype, labels.ndim
        self.reads: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, time: int) -> Any:
        if time >= len(self):
            raise IndexError(time)
        self.reads[time] += 1
        return self._labels[time]

    def __array__(self, *arguments: Any, **options: Any) -> NDArray[np.generic]:
        raise AssertionError("all labels were loaded at once")

    @property
    def passes(self) -> int:
        """How often each frame was read, the same for all."""
        assert set(self.reads) == set(range(len(self)))
        (passes,) = set(self.reads.values())
        return passes


def in_memory(video: LabelVideo, folder: Path) -> Any:
    return video.labels


def mapped(video: LabelVideo, folder: Path) -> Any:
    write_ctc(video, folder / "mapped")
    return read_ctc(folder / "mapped", folder / "labels.raw").labels


def lazy(video: LabelVideo, folder: Path) -> Any:
    return dask.array.from_array(video.labels, chunks=(1, -1, -1))


@pytest.fixture(params=[in_memory, mapped, lazy])
def tracked(request: pytest.FixtureRequest, tmp_path: Path) -> LabelVideo:
    video = CASES["division"]()
    place: Callable[[LabelVideo, Path], Any] = request.param
    counted: Any = CountedFrames(place(video, tmp_path))
    return LabelVideo(counted, video.tracks, video.first_frame)


def passes(video: LabelVideo) -> int:
    counted: Any = video.labels
    return int(counted.passes)


def test_ctc_folders(tracked: LabelVideo, tmp_path: Path) -> None:
    write_ctc(tracked, tmp_path / "01_RES")
    assert passes(tracked) == PRESENCE + WRITE + COMPARE
    write_ctc(tracked, tmp_path / "01_GT", "truth")  # two sets of images
    assert passes(tracked) == 2 * (PRESENCE + WRITE + COMPARE) + WRITE


def test_exports(tracked: LabelVideo, tmp_path: Path) -> None:
    work = export_result(tracked, tmp_path / "new", Scale(), None, None, StopFlag())
    result_of(work)
    assert passes(tracked) == PRESENCE + WRITE + COMPARE + HASH


def test_tracking(
    tracked: LabelVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tracking_as(tracked, monkeypatch)
    video = open_video(np.zeros(tracked.labels.shape, np.uint16))
    result_of(model.tracking_into(video, tmp_path / "01_RES", StopFlag()))
    assert passes(tracked) == PRESENCE + WRITE + COMPARE


def test_tracking_with_a_run_card(
    tracked: LabelVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tracking_as(tracked, monkeypatch)
    video = open_video(np.zeros(tracked.labels.shape, np.uint16))
    work = track_with_model(video, None, model, tmp_path / "out", StopFlag())
    result = result_of(work)
    assert passes(tracked) == PRESENCE + WRITE + COMPARE + HASH
    card = json.loads((tmp_path / "out" / "run_card.json").read_text())
    assert card["result"] == run_card(read_ctc(result), None)["result"]
    assert [path.name for path in result.parent.iterdir() if path.is_dir()] == [
        "01_RES"
    ]


def tracking_as(tracked: LabelVideo, monkeypatch: pytest.MonkeyPatch) -> Model:
    """Return a model that returns the given result for every video."""

    def objects_of(self: Model, video: Any, digest: str | None = None) -> Work[Any]:
        yield from ()
        return video, 13.0

    def tracking(self: Model, *arguments: Any) -> Work[LabelVideo]:
        yield from ()
        return tracked

    monkeypatch.setattr(Model, "objects_of", objects_of)
    monkeypatch.setattr(Model, "tracking", tracking)
    monkeypatch.setattr(
        "napari_asist.workflow.apply_model.origin_of_tracking", lambda *_: None
    )
    return Model(Path("model.safetensors"), tiny_recipe())
