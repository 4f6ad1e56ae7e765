import pytest
import torch

from napari_asist.training.precision import Precision, best_precision

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


@pytest.mark.parametrize(
    ("has_kernels", "avx512", "amx", "best"),
    [
        (True, True, False, "bfloat16"),
        (True, False, True, "bfloat16"),
        (True, False, False, "float32"),
        (False, True, True, "float32"),
    ],
)
def test_the_instructions_of_the_cpu_decide(
    has_kernels: bool,
    avx512: bool,
    amx: bool,
    best: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernels = "_is_mkldnn_bf16_supported"
    monkeypatch.setattr(torch.ops.mkldnn, kernels, lambda: has_kernels)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert Precision("auto", CPU, mixed_on_cpu=True).name == best
    assert Precision("auto", CPU).name == "float32"
    assert Precision("float32", CPU, mixed_on_cpu=True).name == "float32"
