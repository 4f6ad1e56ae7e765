"""A quick look at a video: what is in it, and simulated objects drawn likewise."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.quick_match import QuickMatch, quick_match
from napari_asist.events import result_of
from napari_asist.microscope.quick_fit import quickly_fitted
from napari_asist.microscope.render import rendered_frames
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.workflow.estimate.feasible import with_room
from napari_asist.workflow.prepared import prepared
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.scale import kind_of

if TYPE_CHECKING:
    from napari_asist.labels import LabelVideo
    from napari_asist.video import Video

FRAMES = 2

CROWDED = 0.25
"""Fraction of the field from which there may be no room for all objects."""


@dataclass(frozen=True)
class QuickLook:
    """What is in a video, with a microscope that records simulated objects likewise.

    Parameters
    ----------
    match : QuickMatch
        Kind, radius and number of the objects, and matching simulator settings.
    microscope : MicroscopeSettings
        Objects are bright in its frames.
    video : Video
        The prepared frames, which know how to return to recorded intensities.
    """

    match: QuickMatch
    microscope: MicroscopeSettings = field(repr=False)
    video: "Video" = field(repr=False)

    def frame(
        self, annotation: "LabelVideo", time: int, seed: int
    ) -> NDArray[np.float32]:
        """Draw a frame of simulated objects as the video would show it.

        Parameters
        ----------
        annotation : LabelVideo
        time : int
        seed : int
            Determines brightness, texture and noise.

        Returns
        -------
        ndarray of float32, shape (Y, X)
            In the recorded intensities.
        """
        counts = next(rendered_frames(annotation, self.microscope, seed, time))
        if self.video.ceiling is not None:
            counts = self.video.ceiling - counts
        if self.video.unit is not None:
            counts = self.video.unit.zero + self.video.unit.size * counts
        return np.asarray(counts, np.float32)


def quick_look(video: "Video", recipe: Recipe) -> QuickLook:
    """Look at two frames in the middle of a video, within about two seconds.

    Parameters
    ----------
    video : Video
        As opened.
    recipe : Recipe
        Kind and radius of the objects, and whether they are dark, if it says so.

    Raises
    ------
    AsistError
        No object stands out, or such frames cannot be simulated.
    """
    middle = max(0, (len(video) - FRAMES) // 2)
    few = replace(video, frames=video.frames[middle : middle + FRAMES])
    scale = recipe.scale.changed(find_unmeasured=False)
    (bright,) = result_of(prepared([few], recipe.changed(scale=scale.model_dump())))
    shown = [np.asarray(frame) for frame in bright.frames]
    match = quick_match(shown, kind_of(recipe), recipe.scale.object_radius)
    if match.simulator.typical_coverage > CROWDED:
        single = match.simulator.changed(videos=1)
        roomy = result_of(with_room(single, recipe.seed))
        roomy = roomy.changed(videos=match.simulator.videos)
        match = replace(match, simulator=roomy)
    return QuickLook(match, quickly_fitted(shown[0], match), bright)
