"""The user's settings in napari's Preferences, and the paths used last."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtCore import QSettings

from napari_asist.workflow.recipe import Recipe

PLUGIN = "napari-asist"
AUTO = "auto"

RECENT = "recent"
"""Name of the file with the latest paths, and of the entry in it."""

MOST_RECENT = 8


@dataclass(frozen=True)
class Preferences:
    """The values, or their defaults if napari is too old to offer them.

    Parameters
    ----------
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    cache : Path
        Folder for downloaded samples.
    preview : bool
        Whether panels start with a live preview.
    """

    device: str
    cache: Path
    preview: bool


def preferences() -> Preferences:
    """Return the current values from napari's Preferences."""
    general: Any = _general()
    cache = str(getattr(general, "cache", "")).strip()
    return Preferences(
        device=str(getattr(general, "device", AUTO)),
        cache=Path(cache).expanduser() if cache else default_cache(),
        preview=bool(getattr(general, "preview", True)),
    )


def preferred(recipe: Recipe) -> Recipe:
    """Return a recipe whose networks run on the preferred device.

    Parameters
    ----------
    recipe : Recipe
        If it specifies a device, that device is kept.
    """
    device = preferences().device
    sections = {
        "synthesis": recipe.synthesis,
        "embedding": recipe.embedding,
        "depth": recipe.depth,
    }
    chosen = {
        name: section.changed(device=device)
        for name, section in sections.items()
        if section.device == AUTO
    }
    return recipe.model_copy(update=chosen)


def default_cache() -> Path:
    """Return the system's cache folder."""
    import pooch

    return Path(pooch.os_cache(PLUGIN))


def _general() -> object:
    try:
        # Since napari 0.9.
        from napari.settings import get_plugin_settings

        return get_plugin_settings(PLUGIN).general
    except (ImportError, KeyError, AttributeError):
        return None


def recent_paths() -> list[Path]:
    """Return the videos and run folders that were used last and still exist.

    Returns
    -------
    list of Path
        At most `MOST_RECENT`, the latest first.
    """
    return [path for path in _remembered() if path.exists()]


def remember(path: Path) -> None:
    """Add a video or a run folder, which need not exist yet, to `recent_paths`."""
    path = path.absolute()
    others = [one for one in _remembered() if one != path]
    kept = [str(one) for one in (path, *others)][:MOST_RECENT]
    # JSON, because Qt's bindings differ in how they read a list with one entry.
    _recent().setValue(RECENT, json.dumps(kept))


def _remembered() -> list[Path]:
    try:
        return [Path(one) for one in json.loads(str(_recent().value(RECENT, "[]")))]
    except (ValueError, TypeError):
        return []


def _recent() -> QSettings:
    kind, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return QSettings(kind, scope, PLUGIN, RECENT)
