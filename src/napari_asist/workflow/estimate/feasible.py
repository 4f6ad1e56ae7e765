"""Estimated counts, lowered until every annotation video has room for them."""

import time

from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.annotations import annotation_seed

STAGE = "estimate (room)"
LOWERED = 0.8


def with_room(settings: SimulatorSettings, seed: int) -> Work[SimulatorSettings]:
    """Lower the counts that cannot be met, until all videos can be simulated.

    Objects and events that were estimated are no wish of the user's, so a few fewer
    do better than no video. Counts that the user has stated are not for this.

    Parameters
    ----------
    settings : SimulatorSettings
        Estimated.
    seed : int
        Seed of the recipe, which decides the videos.

    Returns
    -------
    SimulatorSettings

    Raises
    ------
    NoRoomError
        When not even one object has room.
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
                f"{error.setting} lowered from {before} to {after}, for video "
                f"{number + 1} has no room for more.",
            )
            number = 0  # the videos before must still have room
        else:
            number += 1
            yield Progress(STAGE, number, settings.videos)
    yield Finished(STAGE, time.monotonic() - began)
    return settings


def lowered(settings: SimulatorSettings, name: str) -> SimulatorSettings:
    """Return settings with a fifth less of one count, and at least 1 less.

    Events that would then be more than the objects there are become as many.
    """
    count = getattr(settings, name)
    values = {name: min(count - 1, int(LOWERED * count))}
    values |= settings.possible_events(settings.model_dump() | values)
    return settings.changed(**values)
