"""Apply a trained model to a video outside a run, and write a run card."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_asist.errors import AsistError
from napari_asist.events import (
    FirstLook,
    Note,
    StopFlag,
    Stopped,
    Work,
    result_of,
    stoppable,
)
from napari_asist.labels import LabelVideo
from napari_asist.workflow.export.check import check_result
from napari_asist.workflow.export.provenance import Origin, origin_of_tracking
from napari_asist.workflow.export.run_card import write_card
from napari_asist.workflow.export.tracked import scratch_beside, writing_tracked
from napari_asist.workflow.model import Model
from napari_asist.workflow.prepared import prepared
from napari_asist.workflow.pretrained import model_for
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.claim import claimed, refuse_other_folder
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.scale import objects_of_videos

if TYPE_CHECKING:
    from napari_asist.video import Video

AROUND = 1
"""Frames before and after the shown one that a first look at it includes."""


def track_with_model(
    video: "Video",
    channel: int | None,
    model: Model | Recipe,
    out: Path,
    stop: StopFlag,
) -> Work[Path]:
    """Segment and track a video with a trained model.

    Parameters
    ----------
    video : Video
    channel : int or None
        The video's channel in its file, for the run card.
    model : Model or Recipe
        A recipe is used with the ready-made model that suits the objects.
    out : Path
        Output folder for ``01_RES``, a table of the objects and the run card.
    stop : StopFlag

    Returns
    -------
    Path
        ``out/01_RES``.

    Raises
    ------
    AsistError
        The folder contains other files or is in use, or no object was found.
    Stopped
        If asked to stop; a result that is already complete stays, without its run card.
    """
    from napari_asist.ctc import refuse_foreign_files, result_name

    result = out / result_name()
    refuse_other_folder(out)
    refuse_foreign_files(result)
    with claimed(out):
        work = _prepared(video, model)
        digest, model, bright, radius = yield from stoppable(work, stop)
        with scratch_beside(result) as scratch:
            tracked = yield from model.tracking(bright, stop, scratch, radius)
            written, present = yield from writing_tracked(tracked, result)
            yield from check_result(result)
            origin = origin_of_tracking(video, digest, channel, model, radius)
            write_card(written, origin, out, present=present)
    return result


def track_in_memory(
    video: "Video", channel: int | None, model: Model | Recipe, stop: StopFlag
) -> Work[tuple[LabelVideo, Origin]]:
    """Segment and track a video with a trained model, writing nothing to disk.

    Parameters
    ----------
    video, channel, model, stop
        As for `track_with_model`.

    Returns
    -------
    tracks, origin : LabelVideo, Origin
        The tracks, and their provenance.

    Raises
    ------
    AsistError
        No object was found.
    Stopped
        If asked to stop.
    """
    work = _prepared(video, model)
    digest, model, bright, radius = yield from stoppable(work, stop)
    tracks = yield from model.tracking(bright, stop, radius=radius)
    return tracks, origin_of_tracking(video, digest, channel, model, radius)


def looking_at(
    time: int, video: "Video", channel: int | None, model: Model, stop: StopFlag
) -> Work[None]:
    """Outline the objects of one frame in a few seconds, and report a `FirstLook`.

    The scale is determined from this frame alone, so outlines may differ slightly from
    those of the whole video. Nothing is reported for networks that are too slow, for
    videos that are hardly longer than the part that is looked at, and if no object is
    found: then there is something to say about the whole video.

    Parameters
    ----------
    time : int
        The frame, from 0.
    video, channel, model, stop
        As for `track_in_memory`.

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
        bright, radius = result_of(stoppable(quick.objects_of(shown), stop))
        objects = "bright" if bright.ceiling is None else "dark"
        quick = _with_scale(quick, object_radius=radius, objects=objects)
        found, _ = result_of(track_in_memory(clip, channel, quick, stop))
    except Stopped:
        raise
    except AsistError:
        return
    yield FirstLook("track", time, found.labels[time - first])


def _with_scale(model: Model, **changes: object) -> Model:
    scale = model.recipe.scale.changed(**changes)
    return replace(model, recipe=model.recipe.changed(scale=scale.model_dump()))


def _prepared(
    video: "Video", model: Model | Recipe
) -> "Work[tuple[str, Model, Video, float]]":
    """Return a video's hash, model and prepared frames, and the objects' radius."""
    digest = yield from hash_frames(video.frames, video.name)
    if isinstance(model, Model):
        bright, radius = yield from model.objects_of(video, digest)
        return digest, model, bright, radius
    (bright,) = yield from prepared([video], model)
    objects = yield from objects_of_videos([bright], model)
    chosen = model_for(objects.simulator)
    yield Note("track", f"The ready-made model “{chosen}” is used for such objects.")
    return digest, Model.pretrained(chosen, model), bright, objects.radius
