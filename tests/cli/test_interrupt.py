import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from tiny import TINY, write_tiny_video

from napari_asist.cli.interrupt import Interrupted, stop_on_signals
from napari_asist.events import Stopped

sys.path.insert(0, str(Path(__file__).parent.parent / "workflow"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_raises_the_flag(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    def receive() -> None:
        with stop_on_signals() as stop:
            assert not stop.is_set
            os.kill(os.getpid(), number)
            assert stop.is_set
            raise Stopped("saved")

    with pytest.raises(Interrupted, match="saved") as caught:
        receive()
    assert caught.value.status == 128 + number
    assert signal.getsignal(number) is before


def test_a_second_signal_ends_at_once() -> None:
    with stop_on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_stopped_otherwise_is_no_signal() -> None:
    with pytest.raises(Stopped), stop_on_signals():
        raise Stopped("by someone else")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_run_saves_and_says_how_to_go_on(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    video = write_tiny_video(tmp_path / "cells.tif")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(TINY))
    command: list[str | Path] = [
        *(sys.executable, "-m", "napari_asist", "run", video, "--quiet"),
        *("--out", tmp_path / "run", "--recipe", tmp_path / "recipe.yaml"),
        *("--set", "synthesis.steps=1000000"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    losses = tmp_path / "run" / "synthesis.partial" / "main" / "losses.csv"
    try:
        while not losses.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == status, err
    assert err.startswith("napari-asist: Stopped after step ")
    assert "run the same command to go on" in err
    assert err.count("\n") == 1
    assert (losses.parent / "checkpoint.safetensors").exists()
