"""Requirements of both division rules for daughters and continuing tracks."""

from statistics import median

from napari_asist.tracking.repair.settings import RepairSettings
from napari_asist.tracking.repair.tracks import Tracks

BALANCED = 3
"""Number of frames over which the sizes of daughters are compared: in the first
frame, a daughter that still touches its sister or a neighbor is often segmented
too large or too small."""


def areas_before(
    tracks: Tracks, label: int, time: int, settings: RepairSettings
) -> list[int]:
    """Return a track's areas in the frames before one, in px.

    Parameters
    ----------
    tracks : Tracks
    label : int
    time : int
        The frame; the `division_look_back` frames before it are used.
    settings : RepairSettings
    """
    first = max(tracks.begin[label], time - settings.division_look_back)
    last = min(tracks.end[label] + 1, time)
    return [tracks.area(label, earlier) for earlier in range(first, last)]


def are_daughters(
    tracks: Tracks,
    mother: int,
    daughters: tuple[int, int],
    time: int,
    settings: RepairSettings,
) -> bool:
    """Return whether two objects have plausible areas and lengths for daughters.

    Parameters
    ----------
    tracks : Tracks
    mother : int
    daughters : (int, int)
        Both are present at `time`.
    time : int
        First frame after the division.
    settings : RepairSettings
        Uses `division_length`, `division_balance` and the bounds of the areas.
    """
    until = min(time + settings.division_length, len(tracks.labels)) - 1
    if any(tracks.end[daughter] < until for daughter in daughters):
        return False
    together = sum(tracks.area(daughter, time) for daughter in daughters)
    # A nucleus in mitosis is far smaller than one frame earlier, so both frames are
    # used.
    before = areas_before(tracks, mother, time, settings)
    return (
        together >= settings.division_area_low * min(before)
        and together <= settings.division_area_high * max(before)
        and balance_of(tracks, daughters, time) >= settings.division_balance
    )


def balance_of(tracks: Tracks, daughters: tuple[int, int], time: int) -> float:
    """Return the ratio of the smaller to the larger area of two objects.

    Parameters
    ----------
    tracks : Tracks
    daughters : (int, int)
    time : int
        First frame in which both are present; the median over up to `BALANCED` frames
        is used.
    """
    last = min(time + BALANCED - 1, *(tracks.end[daughter] for daughter in daughters))
    pairs = [
        sorted(tracks.area(daughter, frame) for daughter in daughters)
        for frame in range(time, last + 1)
    ]
    return median(small / max(large, 1) for small, large in pairs)


def goes_on(tracks: Tracks, ended: int, begun: int, settings: RepairSettings) -> bool:
    """Return whether a new track has the area of one that has ended.

    Parameters
    ----------
    tracks : Tracks
    ended, begun : int
    settings : RepairSettings
        Uses `division_area_low` and `division_area_high`.
    """
    share = tracks.area(begun, tracks.begin[begun]) / tracks.area(
        ended, tracks.end[ended]
    )
    return settings.division_area_low <= share <= settings.division_area_high
