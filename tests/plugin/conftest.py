"""Fixtures for all tests of the plugin."""

from pathlib import Path

import pytest
from qtpy.QtCore import QSettings


@pytest.fixture(autouse=True)
def recent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the list of recent paths out of the user's own settings."""
    folder = tmp_path_factory.mktemp("recent")
    kind, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(kind, scope, str(folder))
    return folder
