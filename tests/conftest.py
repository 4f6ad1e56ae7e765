"""Fixtures for all tests: the data folder and the settings of processes."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST = (
    "estimation/test_estimate.py",
    "workflow/test_run.py",
    "test_notebooks.py",
    "training/test_ranks.py",
    "workflow/test_distributed.py",
    "workflow/test_scale.py",
    "workflow/test_run_depth.py",
    "tracking/test_tile_size.py",
    "cli/test_main.py",
    "cli/test_interrupt.py",
    "plugin/test_whole_session.py",
)
"""The files that take longest, because they train networks or measure real videos."""


def pytest_configure() -> None:
    # Two test processes that each use as many threads as there are cores would slow
    # each other down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    # If there are several test processes, long files should not start last.
    if hasattr(config, "workerinput"):
        place = {HERE / file: number for number, file in enumerate(LONGEST)}
        items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real videos; skip the test if there is none."""
    folder = Path(
        os.environ.get("NAPARI_ASIST_DATA", HERE.parent.parent / "shared" / "data")
    )
    if not folder.is_dir():
        pytest.skip("no real videos: set NAPARI_ASIST_DATA to their folder")
    return folder


@pytest.fixture(autouse=True)
def recent_paths(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep tests of the plugin from changing the user's list of recent paths."""
    if HERE / "plugin" in request.path.parents:
        from qtpy.QtCore import QSettings

        kind, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
        QSettings.setPath(kind, scope, str(tmp_path_factory.mktemp("recent")))
