"""The user's settings for this plugin in napari's Preferences."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_asist.workflow.recipe import Recipe

PLUGIN = "napari-asist"
AUTO = "auto"


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
