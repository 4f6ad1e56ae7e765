"""The objects of one frame, within seconds."""

from dataclasses import replace
from typing import TYPE_CHECKING

from napari_asist.errors import AsistError
from napari_asist.events import (
    FirstLook,
    StopFlag,
    Stopped,
    Work,
    result_of,
    stoppable,
)
from napari_asist.workflow.model import Model

if TYPE_CHECKING:
    from napari_asist.video import Video

AROUND = 1
"""Frames before and after the shown one that a first look at it includes."""


def looking_at(
    time: int,
    video: "Video",
    model: Model,
    stop: StopFlag,
    radius: float | None = None,
) -> Work[None]:
    """Outline the objects of one frame in a few seconds, and report a `FirstLook`.

    The scale is determined quickly, so outlines may differ slightly from those of the
    whole video. Nothing is reported for networks that are too slow, for videos that are
    hardly longer than the part that is looked at, and if no object is found: then there
    is something to say about the whole video.

    Parameters
    ----------
    time : int
        The frame, from 0.
    video, model, stop
        As for `napari_asist.workflow.apply_model.track_in_memory`.
    radius : float, optional
        Radius of a typical object in px, if already known; otherwise it is determined
        from the frame.

    Raises
    ------
    Stopped
        If asked to stop.
    """
    first, last = max(time - AROUND, 0), min(time + AROUND, len(video) - 1)
    is_long = last - first + 1 < len(video)
    if model.recipe.engine != "depth" or not (0 <= time < len(video) and is_long):
        return
    shown = replace(video, frames=video.frames[time : time + 1])
    clip = replace(video, frames=video.frames[first : last + 1])
    try:
        quick = _with_scale(model, find_unmeasured=False)
        if radius is not None and model.recipe.scale.object_radius is None:
            quick = _with_scale(quick, object_radius=radius)
        bright, radius = result_of(stoppable(quick.objects_of(shown), stop))
        objects = "bright" if bright.ceiling is None else "dark"
        quick = _with_scale(quick, object_radius=radius, objects=objects)
        found = quick.track(clip, stop=stop, progress=False)
    except Stopped:
        raise
    except AsistError:
        return
    yield FirstLook("track", time, found.labels[time - first])


def _with_scale(model: Model, **changes: object) -> Model:
    scale = model.recipe.scale.changed(**changes)
    return replace(model, recipe=model.recipe.changed(scale=scale.model_dump()))
