"""Two processes on the CPU, started as by torchrun."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from napari_asist.training.checkpoint import load_state
from napari_asist.training.ranks import ranks_of_environment

TORCHRUN = (
    *(sys.executable, "-m", "torch.distributed.run"),
    *("--standalone", "--nproc-per-node", "2"),
)

TRAINED = """
import sys
from pathlib import Path
import torch
from tiny_gan import TINY_GAN, tiny_gan
from napari_asist.events import Progress, StopFlag, Stopped
from napari_asist.training.checkpoint import load_state
from napari_asist.training.loop import train
from napari_asist.training.ranks import ranks

folder, batch, pool, stops = sys.argv[1:]
gan = tiny_gan(TINY_GAN.changed(batch=int(batch), pool=int(pool)))
stop = StopFlag()
try:
    for event in train(gan, "gan", Path(folder), 6, stop):
        # The last rank asks: any may.
        is_last = ranks().rank == ranks().size - 1
        if stops == "yes" and is_last and isinstance(event, Progress):
            if event.done == 3:
                stop.stop()
except Stopped as stopped:
    assert "after step 3" in str(stopped)
weights = torch.cat([weight.detach().flatten() for weight in gan.networks.parameters()])
others = ranks().gather(weights)
assert all(torch.equal(weights, other) for other in others)
if ranks().size == 2:
    assert not torch.equal(*[own["images"][0] for own in gan.state()["own"]])
"""


def trained(
    folder: Path, processes: int, batch: int, pool: int = 2, stops: str = "no"
) -> dict[str, torch.Tensor]:
    """Train a tiny CycleGAN in separate processes; return its weights."""
    folder.mkdir(exist_ok=True)
    script = folder.parent / "trained.py"
    script.write_text(TRAINED)
    start = TORCHRUN if processes == 2 else (sys.executable,)
    ended = subprocess.run(
        [*start, script, folder, str(batch), str(pool), stops],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    state, _ = load_state(folder / "checkpoint.safetensors")
    weights: dict[str, torch.Tensor] = state["networks"]
    return weights


def test_without_torchrun_there_is_one_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ranks_of_environment().size == 1
    for name, value in (("RANK", "3"), ("WORLD_SIZE", "4"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    mine = ranks_of_environment()
    assert (mine.rank, mine.size, mine.local) == (3, 4, 1)
    assert not mine.is_first


def test_two_processes_learn_what_one_does_with_twice_the_batch(
    tmp_path: Path,
) -> None:
    two = trained(tmp_path / "two", 2, batch=1, pool=50)
    one = trained(tmp_path / "one", 1, batch=2, pool=50)
    # An instance normalization cancels the biases before it, so their gradient is
    # rounding, of which Adam's first steps take the sign: they differ between CPUs.
    kernels = [name for name in one if one[name].ndim > 1]
    apart = [float((two[name] - one[name]).abs().mean()) for name in kernels]
    size = float((one[next(iter(one))]).abs().mean())
    assert len(kernels) > 10
    assert max(apart) < 0.01 * size
    files = {path.name for path in (tmp_path / "two").iterdir()}
    assert files == {"checkpoint.safetensors", "losses.csv", "samples"}
    rows = (tmp_path / "two" / "losses.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "6"]


def test_a_stop_of_one_rank_stops_all_and_they_resume(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", 2, batch=1)
    trained(tmp_path / "parts", 2, batch=1, stops="yes")
    parts = trained(tmp_path / "parts", 2, batch=1)
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
