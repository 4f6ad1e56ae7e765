"""Apply a trained model to a video outside a run, and write a run card."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dask.array as da
import numpy as np

from napari_asist.estimation.object_scale import FEWEST_FRAMES, typical_object
from napari_asist.estimation.proposal import proposed_kind
from napari_asist.events import Note, StopFlag, Work, stoppable
from napari_asist.labels import LabelVideo
from napari_asist.workflow.export.check import check_result
from napari_asist.workflow.export.provenance import Origin, origin_of_tracking
from napari_asist.workflow.export.run_card import write_card
from napari_asist.workflow.export.tracked import scratch_beside, writing_tracked
from napari_asist.workflow.model import ABOUT_MODEL, Model
from napari_asist.workflow.prepared import prepared
from napari_asist.workflow.pretrained import KINDS, model_for, name_of
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.claim import claimed, refuse_other_folder
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.scale import objects_of_videos

if TYPE_CHECKING:
    from napari_asist.video import Video

KEPT_IN_MEMORY = 2**29
"""Bytes of the longest video that is kept in memory while it is tracked."""


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


def _prepared(
    video: "Video", model: Model | Recipe
) -> "Work[tuple[str, Model, Video, float]]":
    """Return a video's hash, model and prepared frames, and the objects' radius."""
    digest, video = yield from _read(video)
    if isinstance(model, Model):
        bright, radius = yield from model.objects_of(video, digest)
        yield from _suitability(model, bright, radius)
        return digest, model, bright, radius
    (bright,) = yield from prepared([video], model)
    objects = yield from objects_of_videos([bright], model)
    chosen = model_for(objects.simulator)
    yield Note("track", f"The ready-made model “{chosen}” is used for such objects.")
    return digest, Model.pretrained(chosen, model), bright, objects.radius


def _suitability(model: Model, bright: "Video", radius: float) -> Work[None]:
    """Say if a ready-made model was chosen that another one would suit better."""
    name = name_of(model.weights)
    if name is None:
        return
    typical = typical_object(bright.frames, KINDS[name], radius, FEWEST_FRAMES)
    better = model_for(proposed_kind(typical.aspect_ratio))
    if better != name:
        yield Note(
            ABOUT_MODEL,
            f"Objects are {typical.aspect_ratio:.1f} times as long as wide; the "
            f"ready-made model “{better}” suits them better than “{name}”.",
        )


def _read(video: "Video") -> "Work[tuple[str, Video]]":
    """Hash a video, and keep the frames of a short one in memory.

    They are needed three times, and decoding them takes longer than what is done with
    them the first two times.
    """
    if video.path is None or video.frames.nbytes > KEPT_IN_MEMORY:
        return (yield from hash_frames(video.frames, video.name)), video
    kept = np.empty(video.frames.shape, video.frames.dtype)
    digest = yield from hash_frames(video.frames, video.name, kept)
    frames = da.from_array(kept, chunks=(1, -1, -1), name=False)
    return digest, replace(video, frames=frames)
