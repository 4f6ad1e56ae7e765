"""The user's settings in napari's Preferences."""

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import napari.settings
import pytest
from napari.components import ViewerModel
from npe2 import PluginManifest

from napari_asist.plugin.choices.preset_choice import with_preset
from napari_asist.plugin.preferences import (
    Preferences,
    default_cache,
    preferences,
    preferred,
)
from napari_asist.plugin.session import session_of
from napari_asist.workflow.recipe import make_recipe


def set_in_napari(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    found = SimpleNamespace(general=SimpleNamespace(**values))
    monkeypatch.setattr(
        napari.settings, "get_plugin_settings", lambda name: found, raising=False
    )


def test_settings_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_in_napari(monkeypatch, device="cpu", cache=f" {tmp_path} ", preview=False)
    assert preferences() == Preferences("cpu", tmp_path, False)
    set_in_napari(monkeypatch, device="auto", cache="~/videos", preview=True)
    assert preferences().cache == Path.home() / "videos"


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = Preferences("auto", default_cache(), True)
    set_in_napari(monkeypatch, device="auto", cache="", preview=True)
    assert preferences() == defaults
    # A napari without settings, and one without plugin preferences.
    set_in_napari(monkeypatch)
    assert preferences() == defaults
    monkeypatch.delattr(napari.settings, "get_plugin_settings")
    assert preferences() == defaults
    assert default_cache().name == "napari-asist"


def test_networks_run_on_the_preferred_device(
    monkeypatch: pytest.MonkeyPatch, qapp: Any
) -> None:
    set_in_napari(monkeypatch, device="cpu")
    recipe = session_of(ViewerModel()).recipe
    assert (recipe.synthesis.device, recipe.embedding.device) == ("cpu", "cpu")
    named = make_recipe(changes=[{"embedding": {"device": "cuda:1"}}])
    assert preferred(named).embedding.device == "cuda:1"
    assert preferred(named).synthesis.device == "cpu"
    assert with_preset(named, "paper").embedding.device == "cpu"
    set_in_napari(monkeypatch, device="auto")
    assert preferred(named) == named


def test_napari_offers_the_settings_that_are_read() -> None:
    manifest = PluginManifest.from_distribution("napari-asist")
    asked = getattr(manifest.contributions, "configurations", None)
    if not asked:
        pytest.skip("the manifest has no settings")
    assert set(asked) == {"general"}
    names = {field.name for field in fields(Preferences)}
    assert set(asked["general"].properties) == names
