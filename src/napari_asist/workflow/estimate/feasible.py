"""Lower estimated counts until every label video has room for them."""

import time

from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.annotations import annotation_seed

STAGE = "estimate (room)"
LOWERED = 0.8


def with_room(settings: SimulatorSettings, seed: int) -> Work[SimulatorSettings]:
    """Lower counts that have no room, until all videos can be simulated.

    The counts were estimated rather than requested, so slightly fewer objects and
    events are better than no video. Do not use this for counts that the user has set.

    Parameters
    ----------
    settings : SimulatorSettings
        Estimated settings.
    seed : int
        Seed of the recipe, which determines the videos.

    Returns
    -------
    SimulatorSettings

    Raises
    ------
    NoRoomError
        There is no room even for one object.
    """
    from napari_asist.simulation.placement import NoRoomError
    from napari_asist.simulation.simulate import check_room

    began = time.monotonic()
    number = 0
    yield Started(STAGE, settings.videos, "videos")
    while number < settings.videos:
        try:
            check_room(settings, annotation_seed(seed), number)
        except NoRoomError as error:
            before = getattr(settings, error.setting)
            if error.setting == "objects" and before == 1:
                raise
            settings = lowered(settings, error.setting)
            after = getattr(settings, error.setting)
            yield Note(
                "estimate",
                f"Lowered {error.setting} from {before} to {after} because video "
                f"{number + 1} has no room for more.",
            )
            number = 0  # the earlier videos must still have room
        else:
            number += 1
            yield Progress(STAGE, number, settings.videos)
    yield Finished(STAGE, time.monotonic() - began)
    return settings


def lowered(settings: SimulatorSettings, name: str) -> SimulatorSettings:
    """Return settings with one count lowered by a fifth, and by at least 1.

    Events that would then outnumber the objects are lowered to the number of objects.
    """
    count = getattr(settings, name)
    values = {name: min(count - 1, int(LOWERED * count))}
    values |= settings.possible_events(settings.model_dump() | values)
    return settings.changed(**values)
