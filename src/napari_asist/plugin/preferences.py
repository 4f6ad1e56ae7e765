"""What the user set for this plugin in napari's Preferences."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGIN = "napari-asist"
AUTO = "auto"


@dataclass(frozen=True)
class Preferences:
    """The values, or their defaults where napari is too old to ask for them.

    Parameters
    ----------
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    cache : Path
        Folder for samples that are downloaded.
    preview : bool
        Whether panels begin with a live preview.
    """

    device: str
    cache: Path
    preview: bool


def preferences() -> Preferences:
    """Return what napari's Preferences say now."""
    general: Any = _general()
    cache = str(getattr(general, "cache", "")).strip()
    return Preferences(
        device=str(getattr(general, "device", AUTO)),
        cache=Path(cache).expanduser() if cache else default_cache(),
        preview=bool(getattr(general, "preview", True)),
    )


def default_cache() -> Path:
    """Return the system's folder for what can be downloaded again."""
    import pooch

    return Path(pooch.os_cache(PLUGIN))


def _general() -> object:
    try:
        # Since napari 0.9.
        from napari.settings import get_plugin_settings

        return get_plugin_settings(PLUGIN).general
    except (ImportError, KeyError, AttributeError):
        return None
