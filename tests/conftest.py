"""Fixtures for all tests: the data folder and the settings of processes."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def pytest_configure() -> None:
    # Two test processes that each use as many threads as there are cores would slow
    # each other down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real videos; skip the test if there is none."""
    folder = Path(
        os.environ.get("NAPARI_ASIST_DATA", HERE.parent.parent / "shared" / "data")
    )
    if not folder.is_dir():
        pytest.skip("no real videos: set NAPARI_ASIST_DATA to their folder")
    return folder
