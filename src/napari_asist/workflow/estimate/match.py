"""A match with a video: settings for its objects, and what was detected in it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_asist.events import Work
from napari_asist.resampling import scale_factor, standard_shape
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.estimate.estimate import estimate_videos
from napari_asist.workflow.prepared import prepared
from napari_asist.workflow.recipe import EstimateSettings, Recipe
from napari_asist.workflow.scale import objects_of_videos

if TYPE_CHECKING:
    from napari_asist.estimation.estimate import Estimate
    from napari_asist.video import Video

SAMPLED_FRAMES = 18
"""Frames that a match measures: three runs of six, for motion and divisions."""

SMALLEST, LARGEST = 16, 8192
"""Allowed side lengths of a simulated frame, in px."""


@dataclass(frozen=True, eq=False)
class VideoMatch:
    """What was detected in a video, and the settings that match it.

    Parameters
    ----------
    settings : SimulatorSettings
        In px of the video.
    estimate : Estimate
        What was measured.
    video : Video
        The prepared video that was measured.
    """

    settings: SimulatorSettings
    estimate: "Estimate" = field(repr=False)
    video: "Video" = field(repr=False)

    def outlines(self, time: int) -> NDArray[np.int32]:
        """Return the objects detected in a frame, numbered from 1.

        Parameters
        ----------
        time : int
            Frame of the video as recorded.

        Returns
        -------
        ndarray of int32, shape (Y, X)
            In px of the recorded video; empty for a frame that is no measurement.
        """
        recorded = self.video.recorded
        shape = recorded.shape if recorded else self.video.frames.shape
        labels = np.zeros(shape[-2:], np.int32)
        (places,) = np.nonzero(self.video.recorded_times == time)
        if not len(places):
            return labels
        found = self.estimate.outlines(self.video.frame(int(places[0])))
        if recorded is None:
            return found
        field_of_view = recorded.unmeasured.field
        hidden = recorded.unmeasured.regions[field_of_view]
        labels[field_of_view] = np.where(hidden, 0, found)
        return labels

    def summary(self) -> str:
        """Say in a few short lines what was detected: count, radius, motion, divisions.

        Numbers in parentheses are the quartiles over the frames.
        """
        measured = self.estimate.statistics
        rates = measured.rates
        rows = (
            f"{measured.count.text(0)} {self.settings.noun} per frame",
            f"radius {measured.radius.text(unit='px')}",
            f"move {measured.motion.displacement.text(unit='px')} per frame",
            f"{rates.dividing.text(1, 100, '%')} divide per frame",
        )
        return f"In {len(self.estimate.times)} frames: " + "; ".join(rows) + "."


def matching_video(
    video: "Video", sizes: EstimateSettings, recipe: Recipe
) -> Work[VideoMatch]:
    """Estimate settings from about 15 frames of a video.

    Parameters
    ----------
    video : Video
        As opened.
    sizes : EstimateSettings
        Simulator, numbers of videos and frames, and where outlines end.
    recipe : Recipe
        Determines the size of objects, and the seed.

    Returns
    -------
    VideoMatch
        Its settings are for frames of another size, at most as large as can be
        simulated, but with as many objects per area as in the video.

    Raises
    ------
    AsistError
        The video shows no objects, or cannot be simulated.
    """
    height, width = video.frames.shape[1:]
    (bright,) = yield from prepared([video], recipe)
    radius = (yield from objects_of_videos([bright], recipe)).radius
    resampled = standard_shape((height, width), scale_factor(radius))
    tall, wide = (min(max(side, SMALLEST), LARGEST) for side in resampled)
    sizes = sizes.changed(height=tall, width=wide)
    estimate, settings = yield from estimate_videos(
        [bright], sizes, recipe.seed, radius, SAMPLED_FRAMES
    )
    return VideoMatch(settings, estimate, bright)
