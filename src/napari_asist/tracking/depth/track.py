"""Turn a network's maps into tracks."""

import time
from collections.abc import Iterable
from dataclasses import replace
from math import pi
from pathlib import Path

import numpy as np

from napari_asist.depth.maps import Maps
from napari_asist.errors import AsistError
from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.labels import LabelVideo, relabel
from napari_asist.mapped import release
from napari_asist.tracking.depth.cutting import cut_backwards
from napari_asist.tracking.depth.evidence import (
    Evidence,
    drop_beyond_margin,
    drop_bits,
    drop_doubtful,
    drop_small,
)
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.linked_frames import DepthChains
from napari_asist.tracking.depth.objects import segment
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.daughter_pairs import find_daughters
from napari_asist.tracking.repair.repair import (
    close_gaps,
    drop_short,
    merge_false_splits,
    refuse_wide_margin,
    settle_lone_children,
)
from napari_asist.tracking.repair.tracks import Tracks, blank_labels

STAGE = "track"


def track_maps(
    maps: Iterable[Maps],
    n_frames: int,
    shape: tuple[int, int],
    radius: float,
    settings: DepthTrackingSettings,
    first_frame: int = 0,
    scratch: Path | None = None,
) -> Work[LabelVideo]:
    """Segment and track the objects of a video.

    Parameters
    ----------
    maps : iterable of Maps
        One per frame, in order; read once, and only one is kept in memory.
    n_frames : int
        Number of frames.
    shape : (int, int)
        Height and width of the video, which may differ from the maps'.
    radius : float
        Radius of a typical object in px of the maps.
    settings : DepthTrackingSettings
    first_frame : int
        Number of the video's first frame on disk.
    scratch : Path, optional
        Folder for a file with the labels, from which the result then reads: memory does
        not grow with the number of frames, except for data on each object.

    Returns
    -------
    Work[LabelVideo]
        Yields its progress in frames; the label video is valid.

    Raises
    ------
    AsistError
        If there are no maps or not one per frame, or the margin leaves nothing of the
        frames.
    """
    refuse_wide_margin(shape, settings.margin)
    if not n_frames:
        raise AsistError("There are no frames to track.")
    began = time.monotonic()
    yield Started(STAGE, n_frames)
    labels = blank_labels((n_frames, *shape), scratch)
    chains = DepthChains(labels, settings, scratch)
    evidence = Evidence()
    grid = Grid(shape, shape, radius)
    done = 0
    for frame in maps:
        if done == n_frames:
            raise AsistError(f"There are maps for more than {n_frames} frames.")
        grid = Grid(shape, frame.foreground.shape, radius)
        objects = chains.add(segment(frame, grid, settings), frame.offset, grid)
        peaks = objects.peaks.astype(np.int32)
        evidence.add(peaks, objects.confidence, chains.traced)
        done += 1
        release(chains.labels)
        yield Progress(STAGE, done, n_frames)
    if done < n_frames:
        raise AsistError(f"There are maps for only {done} of {n_frames} frames.")
    yield Note(STAGE, f"Repairing the tracks of {n_frames} frames.")
    tracks = Tracks(chains.labels, scratch)
    repair(tracks, evidence, pi * grid.video_radius**2, settings)
    into = tracks.labels if scratch else None
    video = relabel(tracks.video(first_frame), into).checked()
    yield Finished(STAGE, time.monotonic() - began)
    return replace(video, confidence=evidence.table())


def repair(
    tracks: Tracks,
    evidence: Evidence,
    typical_area: float,
    settings: DepthTrackingSettings,
) -> None:
    """Turn chains of linked objects into tracks with parents.

    Fragments come first, because they look like new cells, then objects that merged
    early; tracks are dropped last, because this may leave a parent with a single
    daughter.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    evidence : Evidence
        How clear the objects of each frame are.
    typical_area : float
        In px of the labels.
    settings : DepthTrackingSettings
    """
    if settings.split_length:
        merge_false_splits(tracks, settings)
    if settings.cut_backwards:
        cut_backwards(tracks, typical_area, settings)
    if settings.gap:
        close_gaps(tracks, settings)
    if settings.divisions:
        find_daughters(tracks, settings)
    drop_beyond_margin(tracks, settings)
    drop_bits(tracks, typical_area, settings)
    drop_small(tracks, typical_area, settings)
    drop_doubtful(tracks, evidence, settings)
    drop_short(tracks, settings)
    settle_lone_children(tracks)
