"""Time to load a ready-made model, compared with reading its weights alone.

Run it from the checkout: ``python benchmarks/loading.py``. Each model is loaded in a
new process that has already imported PyTorch, from the files of the package; no network
is used. The peer is `safetensors.torch.load_file` on the same file.
"""

import subprocess
import sys
from statistics import median

from napari_asist.workflow.pretrained import KINDS

REPEATS = 5
PROGRAM = """
import sys
from time import perf_counter
import safetensors.torch
from napari_asist import Model
from napari_asist.depth.maps import load_depth_model
from napari_asist.workflow.pretrained import pretrained_weights
began = perf_counter()
safetensors.torch.load_file(pretrained_weights(sys.argv[1]))
middle = perf_counter()
load_depth_model(Model.pretrained(sys.argv[1]).weights, "cpu")
print(perf_counter() - middle, middle - began)
"""


def main() -> int:
    """Print a table of the times to load."""
    print(f"{'model':<10}{'seconds':>10}{'weights alone':>16}{'ratio':>8}")
    for name in KINDS:
        times = [_times(name) for _ in range(REPEATS)]
        ours, peer = (median(column) for column in zip(*times, strict=True))
        print(f"{name:<10}{ours:>10.3f}{peer:>16.3f}{ours / peer:>8.1f}")
    return 0


def _times(name: str) -> list[float]:
    command = [sys.executable, "-c", PROGRAM, name]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in printed.stdout.split()]


if __name__ == "__main__":
    sys.exit(main())
