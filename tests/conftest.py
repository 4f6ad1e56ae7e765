"""Fixtures for all tests: the data folder and the settings of processes."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_configure() -> None:
    # Two test processes with as many threads as cores each would only wait.
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
