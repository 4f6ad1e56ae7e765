import os
import subprocess
import sys

import pytest

from napari_asist.cores import usable_cores

BOUND = """
import os
from napari_asist.cores import usable_cores
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
print(usable_cores())
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="this system cannot bind processes"
)
def test_a_process_bound_to_one_core_uses_one() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", BOUND], capture_output=True, text=True, check=True
    )
    assert finished.stdout == "1\n"


def test_all_cores_count_if_processes_cannot_be_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert usable_cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1
