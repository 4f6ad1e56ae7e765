import time
from collections.abc import Iterator

import pytest
import torch

from napari_asist.training import precision
from napari_asist.training.precision import (
    Precision,
    best_precision,
    cpu_gains_from_bfloat16,
)

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("capability", "best"),
    [((6, 1), "float32"), ((7, 5), "float16"), ((8, 0), "bfloat16")],
)
def test_the_gpu_decides(
    capability: tuple[int, int], best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert best_precision(GPU) == best


def test_the_cpu_uses_float32_unless_asked() -> None:
    weights = torch.nn.Linear(2, 2)
    for name, dtype in (("auto", torch.float32), ("bfloat16", torch.bfloat16)):
        precision = Precision(name, CPU)
        with precision.autocast():
            assert weights(torch.ones(1, 2)).dtype == dtype
        assert not precision.scaler.is_enabled()
    assert Precision("float16", CPU).scaler.is_enabled()


@pytest.fixture(autouse=True)
def _measured_again() -> Iterator[None]:
    cpu_gains_from_bfloat16.cache_clear()
    yield
    cpu_gains_from_bfloat16.cache_clear()


@pytest.mark.parametrize(
    ("seconds", "best"),
    [((1.0, 0.5), "bfloat16"), ((1.0, 0.9), "float32"), ((1.0, 3.0), "float32")],
)
def test_a_cpu_uses_bfloat16_if_it_measures_faster(
    seconds: tuple[float, float], best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {None: seconds[0], torch.bfloat16: seconds[1]}
    monkeypatch.setattr(precision, "_has_bfloat16", lambda: True)
    monkeypatch.setattr(precision, "_convolution_time", times.__getitem__)
    assert Precision("auto", CPU, mixed_on_cpu=True).name == best
    assert Precision("auto", CPU).name == "float32"
    assert Precision("float32", CPU, mixed_on_cpu=True).name == "float32"


def test_a_cpu_without_bfloat16_is_not_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def measured(_: object) -> float:
        raise AssertionError

    monkeypatch.setattr(precision, "_has_bfloat16", lambda: False)
    monkeypatch.setattr(precision, "_convolution_time", measured)
    assert best_precision(CPU, mixed_on_cpu=True) == "float32"


def test_only_the_cpu_time_of_one_thread_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads, seen = torch.get_num_threads(), []
    state = torch.get_rng_state()

    def own_time() -> float:
        seen.append(torch.get_num_threads())
        return float(len(seen) ** 2)

    def clock() -> float:
        raise AssertionError("the wall clock advances while others work")

    monkeypatch.setattr(time, "thread_time", own_time)
    for name in ("time", "perf_counter"):
        monkeypatch.setattr(time, name, clock)
    # The squares of 1 and 2 are nearest.
    assert precision._convolution_time(None) == 3
    assert set(seen) == {1}
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)
