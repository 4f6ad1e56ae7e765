import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from napari_asist.errors import AsistError
from napari_asist.training.checkpoint import (
    is_finite,
    load_state,
    load_weights,
    optimizer_state,
    restore_optimizer,
    save_state,
)


def test_a_nested_state_is_restored_unchanged(tmp_path: Path) -> None:
    shared = torch.arange(6.0).reshape(2, 3)
    state = {
        "network": {"weight": shared, "same": shared},
        "pool": [torch.ones(2), torch.zeros(1)],
        "betas": [0.5, 0.999],
        "name": None,
    }
    path = tmp_path / "state.safetensors"
    save_state(path, state, step=7, settings={"filters": 4})
    loaded, metadata = load_state(path)
    assert metadata == {"step": 7, "settings": {"filters": 4}}
    assert torch.equal(loaded["network"]["same"], shared)
    assert [item.tolist() for item in loaded["pool"]] == [[1, 1], [0]]
    assert loaded["betas"] == [0.5, 0.999]
    assert loaded["name"] is None


def test_writing_again_replaces_the_file_and_leaves_no_other(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.safetensors"
    for value in (1.0, 2.0):
        save_state(path, {"x": torch.tensor(value)})
    assert load_state(path)[0]["x"].item() == 2.0
    assert list(tmp_path.iterdir()) == [path]


def test_missing_file_says_to_train(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="first train"):
        load_state(tmp_path / "state.safetensors")


@pytest.mark.parametrize("kept", [0, 5, 60])
def test_truncated_file_is_rejected_in_one_sentence(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "state.safetensors"
    save_state(path, {"x": torch.ones(100)})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(AsistError, match="not a complete napari-asist weights file"):
        load_state(path)


@pytest.mark.parametrize("metadata", [None, {"state": "{}"}, {"state": "no JSON"}])
def test_foreign_safetensors_file_is_rejected(
    tmp_path: Path, metadata: dict[str, str] | None
) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "foreign.safetensors"
    save_file({"x": torch.ones(2)}, path, metadata=metadata)
    with pytest.raises(AsistError, match="napari-asist did not write"):
        load_state(path)


def test_a_pickle_is_rejected_and_not_executed(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    torch.save({"x": torch.ones(2)}, path)
    with pytest.raises(AsistError, match="not a complete napari-asist weights file"):
        load_state(path)


def test_finite_states_are_recognized() -> None:
    state = {"pool": [torch.ones(2), {"x": torch.ones(1)}], "name": None, "step": 3}
    assert is_finite(state)
    state["pool"][1]["x"][0] = float("nan")  # type: ignore[index]
    assert not is_finite(state)


def test_weights_of_another_architecture_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="another architecture"):
        load_weights(nn.Linear(2, 3), nn.Linear(3, 3).state_dict(), tmp_path / "x")


def test_optimizer_continues_as_if_never_saved(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    torch.manual_seed(0)
    network = nn.Linear(2, 2)
    adam = torch.optim.Adam(network.parameters(), 0.1)

    def step() -> None:
        adam.zero_grad()
        network(torch.ones(1, 2)).square().sum().backward()
        adam.step()

    step()
    save_state(path, {"network": network.state_dict(), "adam": optimizer_state(adam)})
    step()
    expected = network.weight.detach().clone()
    state, _ = load_state(path)
    network.load_state_dict(state["network"])
    restore_optimizer(adam, state["adam"])
    step()
    assert torch.equal(network.weight, expected)


def test_moments_have_the_memory_layout_of_their_weights(tmp_path: Path) -> None:
    """Fused optimizers pair weights and moments by their position in memory."""
    clip = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    def made() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(1)
        network = nn.Conv2d(3, 4, 3)
        for weight in network.parameters():
            if weight.dim() == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        return network, torch.optim.AdamW(network.parameters(), 0.1, fused=True)

    def step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        network(clip).square().mean().backward()
        optimizer.step()

    network, optimizer = made()
    step(network, optimizer)
    path = tmp_path / "state.safetensors"
    save_state(path, {"w": network.state_dict(), "o": optimizer_state(optimizer)})
    other, restored = made()
    state, _ = load_state(path)
    other.load_state_dict(state["w"])
    restore_optimizer(restored, state["o"])
    for _ in range(2):
        step(network, optimizer)
        step(other, restored)
    for one, two in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)


LIMITED = """
import resource, signal, sys
from pathlib import Path
import torch
from napari_asist.training.checkpoint import save_state
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    save_state(Path(sys.argv[1]), {"weights": torch.zeros(1 << 20)})
except OSError as error:
    print(error.errno, error.filename, error.strerror)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of file sizes")
def test_a_state_that_does_not_fit_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save_state(path, {"weights": torch.ones(3)})
    before = path.read_bytes()
    written = subprocess.run(
        [sys.executable, "-c", LIMITED, path],
        capture_output=True,
        text=True,
        check=True,
    )
    code, name, reason = written.stdout.split(maxsplit=2)
    assert int(code) == errno.EFBIG
    assert name == str(path)
    assert reason.strip() == os.strerror(errno.EFBIG)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
