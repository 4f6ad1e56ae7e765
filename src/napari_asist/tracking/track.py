"""Turn a video into tracks."""

import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from napari_asist.embedding.embedder import Embed
from napari_asist.errors import AsistError
from napari_asist.events import Finished, Note, Progress, Started, Work
from napari_asist.labels import LabelVideo, relabel
from napari_asist.scaling import IntensityScaling
from napari_asist.tracking.linking.linked_frames import Chains
from napari_asist.tracking.repair.daughter_pairs import find_daughters
from napari_asist.tracking.repair.divisions import find_divisions
from napari_asist.tracking.repair.repair import (
    close_gaps,
    drop_outside_field,
    drop_short,
    merge_false_splits,
    refuse_wide_margin,
    settle_lone_children,
)
from napari_asist.tracking.repair.tracks import Tracks, blank_labels
from napari_asist.tracking.segmentation.windows import pieces
from napari_asist.tracking.settings import TrackingSettings

STAGE = "track"


def track_video(
    frames: NDArray[np.generic],
    embed: Embed,
    scaling: IntensityScaling,
    settings: TrackingSettings,
    seed: int = 0,
    first_frame: int = 0,
    scratch: Path | None = None,
    device: torch.device | None = None,
) -> Work[LabelVideo]:
    """Segment and track the objects of a video.

    Parameters
    ----------
    frames : array, shape (T, Y, X)
        Raw intensities, numpy or dask; read one window of frames at a time.
    embed : Embed
        See `napari_asist.tracking.segmentation.windows.Embed`.
    scaling : IntensityScaling
        Applied frame by frame.
    settings : TrackingSettings
    seed : int
        The same seed gives the same result.
    first_frame : int
        Number of the video's first frame on disk.
    scratch : Path, optional
        Folder for a file with the labels, from which the result then reads: memory does
        not grow with the number of frames, except for data on each object.
    device : torch.device, optional
        Where pixels are clustered; the CPU by default.

    Returns
    -------
    Work[LabelVideo]
        Yields its progress in frames; the label video is valid.

    Raises
    ------
    AsistError
        If the video has no frame or axes other than (T, Y, X), or the margin leaves
        nothing of its frames.
    """
    if frames.ndim != 3 or not frames.size:
        raise AsistError(
            "A video to track must have the axes (T, Y, X), not the shape "
            f"{frames.shape}."
        )
    refuse_wide_margin(frames.shape, settings.margin)
    began = time.monotonic()
    yield Started(STAGE, len(frames))
    chains = Chains(blank_labels(frames.shape, scratch), settings, scratch)
    for piece in pieces(frames, embed, scaling, settings, seed, device):
        chains.add(piece)
        yield Progress(STAGE, piece.first + len(piece.labels), len(frames))
    yield Note(STAGE, f"Repairing the tracks of {len(frames)} frames.")
    tracks = Tracks(chains.labels, scratch)
    repair(tracks, settings)
    into = tracks.labels if scratch else None
    video = relabel(tracks.video(first_frame), into).checked()
    yield Finished(STAGE, time.monotonic() - began)
    return video


def repair(tracks: Tracks, settings: TrackingSettings) -> None:
    """Turn chains of linked objects into tracks with parents.

    Fragments and gaps come first, because both look like new cells; tracks are dropped
    last, because this may leave a parent with a single daughter.

    Parameters
    ----------
    tracks : Tracks
        Changed in place.
    settings : TrackingSettings
    """
    if settings.split_length:
        merge_false_splits(tracks, settings)
    if settings.gap:
        close_gaps(tracks, settings)
    if settings.divisions and settings.linker == "assignment":
        find_daughters(tracks, settings)
    elif settings.divisions:
        find_divisions(tracks, settings)
    drop_outside_field(tracks, settings)
    drop_short(tracks, settings)
    settle_lone_children(tracks)
