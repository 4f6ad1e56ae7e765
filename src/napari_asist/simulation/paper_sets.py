"""Named sets of label videos from the ASIST paper (section II.B.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag
from napari_asist.labels import LabelVideo
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import simulate_video


@dataclass(frozen=True)
class SimulationPreset:
    """A set of videos: the settings of each, and whether it is split into four."""

    videos: tuple[SimulatorSettings, ...]
    quartered: bool = False


def _sticks(objects: int, frames: int) -> MicrovilliSettings:
    return MicrovilliSettings(videos=1, objects=objects, frames=frames)


def _nuclei(mitoses: int) -> NucleiSettings:
    return NucleiSettings(videos=1, mitoses=mitoses)


_FIVE = tuple(_sticks(objects, 50) for objects in (80, 115, 150, 185, 220))
"""The paper gives only the range; these are evenly spaced."""

SIMULATION_PRESETS = {
    # The paper states 5 or 10 mitoses, but not in which videos.
    "hela": SimulationPreset((_nuclei(5), _nuclei(10)) * 5),
    "microvilli-1-10": SimulationPreset((_sticks(100, 10),)),
    "microvilli-1-50": SimulationPreset((_sticks(100, 50),)),
    "microvilli-5": SimulationPreset(_FIVE),
    "microvilli-20": SimulationPreset(_FIVE, quartered=True),
}


def simulate_preset(name: str, seed: int) -> Iterator[LabelVideo]:
    """Simulate a set of videos, one after the other.

    Parameters
    ----------
    name : str
        A name in `SIMULATION_PRESETS`.
    seed : int
        With the same seed, microvilli-20 consists of the quarters of microvilli-5.

    Yields
    ------
    LabelVideo
        Quarters of a video are in row order.

    Raises
    ------
    AsistError
        If there is no such preset.
    """
    for number in range(preset_length(name)):
        yield preset_video(name, seed, number)


def preset_length(name: str) -> int:
    """Return the number of videos in a set.

    Raises
    ------
    AsistError
        If there is no such preset.
    """
    if name not in SIMULATION_PRESETS:
        raise AsistError(
            f"There is no set of videos {name!r}; choose "
            f"{', '.join(SIMULATION_PRESETS)}."
        )
    preset = SIMULATION_PRESETS[name]
    return len(preset.videos) * (4 if preset.quartered else 1)


def preset_video(
    name: str, seed: int, number: int, stop: StopFlag | None = None
) -> LabelVideo:
    """Simulate one video of a set, numbered from 0; see `simulate_video`."""
    preset = SIMULATION_PRESETS[name]
    if not preset.quartered:
        return simulate_video(preset.videos[number], seed, number, stop)
    whole, part = divmod(number, 4)
    return quarter(simulate_video(preset.videos[whole], seed, whole, stop), part)


def quarter(video: LabelVideo, part: int) -> LabelVideo:
    """Return a quarter of a video's field, numbered from 0, row by row.

    A track that is interrupted by the crop continues as another track.
    """
    height, width = (size // 2 for size in video.labels.shape[1:])
    row, column = divmod(part, 2)
    return video.crop(
        slice(row * height, (row + 1) * height),
        slice(column * width, (column + 1) * width),
    )
