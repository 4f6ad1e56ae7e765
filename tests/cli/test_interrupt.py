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
from napari_asist.workflow.run_folder.event_log import read_events

LOSSES = "run/synthesis.partial/main/losses.csv"
CHECKPOINT = "run/synthesis.partial/main/checkpoint.safetensors"


def long_run(folder: Path, *launcher: str) -> "subprocess.Popen[str]":
    """Start a run that trains forever."""
    video = write_tiny_video(folder / "cells.tif")
    (folder / "recipe.yaml").write_text(yaml.safe_dump(TINY))
    command: list[str | Path] = [
        sys.executable,
        *launcher,
        *("-m", "napari_asist", "run", video, "--quiet"),
        *("--out", folder / "run", "--recipe", folder / "recipe.yaml"),
        *("--set", "synthesis.steps=1000000"),
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for(file: str, folder: Path, process: "subprocess.Popen[str]") -> None:
    while not (folder / file).exists() and process.poll() is None:
        time.sleep(0.05)


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


def test_a_second_signal_exits_at_once() -> None:
    with stop_on_signals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_second_sigterm_does_nothing() -> None:
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_two_signals_pause_and_resume() -> None:
    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert stop.is_paused
        assert not stop.is_set
        os.kill(os.getpid(), signal.SIGUSR2)
        assert not stop.is_paused


def test_stopping_without_a_signal_is_not_an_interrupt() -> None:
    with pytest.raises(Stopped), stop_on_signals():
        raise Stopped("by someone else")


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_run_saves_and_says_how_to_resume(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    process = long_run(tmp_path)
    try:
        wait_for(LOSSES, tmp_path, process)
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == status, err
    assert err.startswith("napari-asist: Stopped after step ")
    assert "run the same command again to resume" in err
    assert err.count("\n") == 1
    assert (tmp_path / CHECKPOINT).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_run_is_paused_and_resumed(tmp_path: Path) -> None:
    process = long_run(tmp_path)
    reported: list[str] = []
    try:
        wait_for(LOSSES, tmp_path, process)
        for number, event in ((signal.SIGUSR1, "Paused"), (signal.SIGUSR2, "Resumed")):
            process.send_signal(number)
            while event not in reported and process.poll() is None:
                time.sleep(0.05)
                reported = [line["event"] for line in read_events(tmp_path / "run")]
        process.terminate()
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 143, err


@pytest.mark.skipif(sys.platform == "win32", reason="torchrun forwards no signals")
def test_sigterm_under_torchrun_saves(tmp_path: Path) -> None:
    process = long_run(
        tmp_path, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"
    )
    try:
        wait_for(LOSSES, tmp_path, process)
        process.terminate()
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (tmp_path / CHECKPOINT).exists(), err
    assert "Stopped after step" in read_events(tmp_path / "run")[-1]["message"]
    assert err.count("napari-asist: Stopped after step ") == 1
