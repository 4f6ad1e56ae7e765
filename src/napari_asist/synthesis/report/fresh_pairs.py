"""Simulate pairs of frames, each in its own video, to draw and compare.

Real videos are measured in pairs of neighboring frames at distant times, which show
different objects; synthetic ones should show as many different objects.
"""

from dataclasses import dataclass
from itertools import islice

from napari_asist.errors import AsistError
from napari_asist.labels import LabelVideo, split_gaps
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.simulation.simulate import painted_video, scenes_of
from napari_asist.synthesis.report.detected import PAIRS

LARGEST_SIDE = 512
AHEAD = 3
"""Frames simulated after a pair's first: its objects may be about to divide."""

TRIES = 2
"""Number of videos per pair that may fail because there is no room for their
objects."""


@dataclass(frozen=True, eq=False)
class FreshPair:
    """Two neighboring frames of an annotation video.

    Parameters
    ----------
    video : LabelVideo
        At most 512 px high and wide, from its first frame to shortly after the pair.
    time : int
        The first frame of the pair; a video with one frame has no second one.
    """

    video: LabelVideo
    time: int

    @property
    def times(self) -> range:
        """The frames of the pair."""
        return range(self.time, min(self.time + 2, len(self.video)))


def fresh_pairs(
    simulator: SimulatorSettings, seed: int, count: int = PAIRS
) -> list[FreshPair]:
    """Simulate videos and take one pair from each, the first early and the last late.

    Parameters
    ----------
    simulator : SimulatorSettings
    seed : int
    count : int

    Returns
    -------
    list of FreshPair
        Fewer if there is no room for the objects.
    """
    pairs: list[FreshPair] = []
    for number in range(TRIES * count):
        if len(pairs) == count:
            break
        last = max(simulator.frames - 2, 0)
        time = round(last * len(pairs) / max(count - 1, 1))
        scenes = islice(scenes_of(simulator, seed, number), time + 1 + AHEAD)
        try:
            whole = painted_video(scenes, simulator)
        except AsistError:
            continue
        cut = whole.labels[:, :LARGEST_SIDE, :LARGEST_SIDE]
        pairs.append(FreshPair(split_gaps(LabelVideo(cut, whole.tracks)), time))
    return pairs
