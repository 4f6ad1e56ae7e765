import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from npe2 import PluginManifest

ROOT = Path(__file__).parents[2]


def test_npe2_finds_the_manifest_valid() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", "napari-asist"],
        capture_output=True,
        text=True,
        check=False,
        # The report ends with a sign that some terminals cannot show.
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_can_be_imported() -> None:
    manifest = PluginManifest.from_distribution("napari-asist")
    manifest.validate_imports()
    assert manifest.contributions.commands
    for command in manifest.contributions.commands:
        assert command.id.startswith("napari-asist.")


def test_images_are_left_to_napari() -> None:
    contributions = PluginManifest.from_distribution("napari-asist").contributions
    patterns = [
        pattern
        for reader in contributions.readers or []
        for pattern in reader.filename_patterns
    ]
    assert patterns == ["*_track.txt"]


def test_the_package_carries_what_it_needs() -> None:
    package = files("napari_asist")
    assert yaml.safe_load((package / "napari.yaml").read_text())["name"]
    assert (package / "py.typed").is_file()


def test_the_manifest_is_also_at_the_root() -> None:
    link = ROOT / "napari.yaml"
    if not link.exists():
        pytest.skip("not in a checkout")
    assert link.read_text() == (ROOT / "src/napari_asist/napari.yaml").read_text()
