"""Simulated label videos on disk, stopped in the middle of one."""

from pathlib import Path
from typing import Any

import pytest

from napari_asist.ctc import read_ctc, write
from napari_asist.events import StopFlag, Stopped, result_of
from napari_asist.simulation import simulate
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.workflow.annotations import write_annotations

SETTINGS = NucleiSettings(
    videos=2,
    frames=30,
    height=64,
    width=64,
    objects=4,
    appearing=0,
    disappearing=0,
    mitoses=0,
)


@pytest.mark.parametrize(
    ("module", "name"), [(simulate, "paint"), (write, "frame_name")]
)
def test_stopping_takes_no_longer_than_a_frame(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stop, calls, work = StopFlag(), [], getattr(module, name)

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 45:  # in the middle of a video
            stop.stop()
        return work(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, counted)
        with pytest.raises(Stopped):
            result_of(write_annotations(SETTINGS, 1, tmp_path, stop))
    assert len(calls) == 45
    left = {path.name for path in tmp_path.iterdir()}
    assert left in ({"01_GT"}, set())  # no partial video
    folders = result_of(write_annotations(SETTINGS, 1, tmp_path, StopFlag()))
    assert [len(read_ctc(folder)) for folder in folders] == [30, 30]
