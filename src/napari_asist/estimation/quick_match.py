"""A quick match: what two frames of a video show, within about a second.

Objects are measured in the densest part of the frames only; how much of the rest stands
out tells how many objects it has. An estimate from the whole video takes minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_asist.errors import AsistError
from napari_asist.estimation.detect import (
    foreground_of,
    outlined_objects,
    typical_radius,
)
from napari_asist.estimation.estimate import estimate_simulator
from napari_asist.estimation.object_scale import (
    WHOLE_SADDLE,
    densest_place,
    first_guess,
)
from napari_asist.estimation.proposal import proposed_kind
from napari_asist.resampling import STANDARD_RADIUS, resampled, standard_shape
from napari_asist.settings import explain
from napari_asist.simulation.settings import (
    SimulatorKind,
    SimulatorSettings,
    simulator_model,
)
from napari_asist.simulation.video_settings import STICK_SADDLE
from napari_asist.threads import in_threads

GUESSED_SIDE = 256
"""Side of the part of each level of the pyramid that gives the first radius, in px."""

MEASURED_SIDE = 448
"""Side of the part that is measured, in standard px: some 60 nuclei at the density of
a culture that is half grown."""

FAR_OFF = 1.25
"""Ratio of the measured radius to the guess above which frames are measured again."""

SHAPE_SIDE = 256
"""Side of the part in which the shape of objects is measured, in standard px."""

COARSE_RADIUS = 6.5
"""Radius of a typical object in px, at which frames show how much stands out."""

Image = NDArray[np.float32]


@dataclass(frozen=True)
class QuickMatch:
    """What two frames of a video show.

    Parameters
    ----------
    kind : str
        The simulator for such objects.
    radius : float
        Radius of the disc of a typical object's area, in px.
    objects : float
        Number of objects in a frame.
    displacement : float
        Median displacement from one frame to the next, in px.
    simulator : SimulatorSettings
        In px of the video, for frames of its size. Two frames do not tell how often
        objects divide, appear and disappear: these rates are the simulator's defaults.
    """

    kind: SimulatorKind
    radius: float
    objects: float
    displacement: float
    simulator: SimulatorSettings = field(repr=False)

    @property
    def noun(self) -> str:
        """What the objects are called, in the plural."""
        return simulator_model(self.kind).noun

    def sentence(self) -> str:
        """Say in one sentence what the video shows."""
        return (
            f"About {self.objects:.0f} {self.noun} per frame, with a radius of "
            f"{self.radius:.3g} px."
        )


def quick_match(
    frames: Sequence[NDArray[np.generic]] | NDArray[np.generic],
    kind: SimulatorKind | None = None,
    radius: float | None = None,
) -> QuickMatch:
    """Find out what successive frames show, without labels.

    Parameters
    ----------
    frames : sequence of ndarray, shape (Y, X), or ndarray, shape (T, Y, X)
        Two successive frames, or more. Objects are brighter than what surrounds them.
    kind : str, optional
        The simulator for such objects; if omitted, it is proposed from their shape.
    radius : float, optional
        Radius of a typical object in px; estimated if omitted.

    Raises
    ------
    AsistError
        Nothing stands out from the background, or such frames cannot be simulated.
    """
    images = [np.asarray(frame, np.float32) for frame in frames]
    if radius is not None:
        return _measured(images, radius, kind)
    saddle = simulator_model(kind or "nuclei").saddle
    guess = first_guess(images[0], saddle, GUESSED_SIDE)
    found = _measured(images, guess, kind)
    if 1 / FAR_OFF < found.radius / guess < FAR_OFF:
        return found
    return _measured(images, found.radius, kind)


def _place(image: Image, radius: float) -> tuple[slice, slice]:
    """Return the part of a frame that is measured."""
    return densest_place(image, round(MEASURED_SIDE * radius / STANDARD_RADIUS))


def _measured(
    images: Sequence[Image],
    radius: float,
    kind: SimulatorKind | None,
) -> QuickMatch:
    """Measure a part of the frames, and extend what was found to all of them."""
    factor = STANDARD_RADIUS / radius
    place = _place(images[0], radius)
    parts = [image[place] for image in images]
    shape = parts[0].shape
    scaled = in_threads(partial(resampled, shape=standard_shape(shape, factor)), parts)
    kind = kind or _proposed(scaled[0])
    estimate = estimate_simulator(np.stack(scaled), kind, len(scaled))
    estimate = estimate.before(factor, shape)
    found = np.concatenate(estimate.detections)
    whole = found[found["whole"]] if found["whole"].any() else found
    size = float(np.median(whole["radius"]))
    # The center of every other object that is cut by an edge is beyond it.
    inside = float(len(found)) - int(np.count_nonzero(~found["whole"])) / 2
    inside *= _times_as_much(images[0], place, radius) / len(images)
    height, width = images[0].shape
    objects = inside * (1 + 2 * (height + width) * size / (height * width))
    return QuickMatch(
        kind,
        size,
        objects,
        estimate.displacement,
        _for_whole_frames(estimate.settings, (height, width), objects),
    )


def _times_as_much(image: Image, place: tuple[slice, slice], radius: float) -> float:
    """Return how much more of a frame stands out than of its part."""
    if image[place].shape == image.shape:
        return 1.0
    factor = min(1.0, COARSE_RADIUS / radius)
    coarse = resampled(image, standard_shape(image.shape, factor))
    mask = foreground_of(coarse)
    rows, columns = (
        slice(round(side.start * factor), round(side.stop * factor)) for side in place
    )
    return float(mask.sum() / max(mask[rows, columns].sum(), 1))


def _proposed(part: Image) -> SimulatorKind:
    """Return the simulator that suits the shape of objects."""
    part = part[densest_place(part, SHAPE_SIDE)]
    outlined = partial(outlined_objects, part, typical_radius(part))
    ratios = []
    for found, _ in in_threads(outlined, (STICK_SADDLE, WHOLE_SADDLE)):
        found = found[found["whole"]] if found["whole"].any() else found
        ratios.append(float(np.median(found["length"] / found["width"])))
    return proposed_kind(float(np.sqrt(np.prod(ratios))))


def _for_whole_frames(
    settings: SimulatorSettings, shape: tuple[int, int], objects: float
) -> SimulatorSettings:
    """Return settings for frames of the video's size, with the usual events."""
    usual = type(settings)()
    count = max(1, round(objects))
    try:
        return settings.changed(
            videos=usual.videos,
            frames=usual.frames,
            height=shape[0],
            width=shape[1],
            objects=count,
            **usual.events_times(count / usual.objects, count),
        )
    except ValidationError as error:
        raise AsistError(
            f"These frames cannot be simulated: {explain(error)}."
        ) from error
