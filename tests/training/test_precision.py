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


def test_the_cpu_keeps_to_float32_unless_asked() -> None:
    weights = torch.nn.Linear(2, 2)
    for name, dtype in (("auto", torch.float32), ("bfloat16", torch.bfloat16)):
        precision = Precision(name, CPU)
        with precision.autocast():
            assert weights(torch.ones(1, 2)).dtype == dtype
        assert not precision.scaler.is_enabled()
    assert Precision("float16", CPU).scaler.is_enabled()
