"""Refinement of a whole video in memory, as a reference."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelVideo, presence, split_gaps
from napari_asist.refinement.clean import keep_shown, repaint_uncovered
from napari_asist.refinement.deform import deform
from napari_asist.refinement.repair import put_back, with_families
from napari_asist.refinement.settings import RefinementSettings


def refined_whole(
    video: LabelVideo,
    images: NDArray[np.float32],
    masks: NDArray[np.bool_],
    settings: RefinementSettings,
    seed: int,
) -> tuple[LabelVideo, NDArray[np.float32]]:
    """Deform, clean, repair and paint."""
    deformed = np.stack(
        [deform(*pair, settings) for pair in zip(video.labels, masks, strict=True)]
    )
    undeformed = deformed.copy()
    for frame, simulated in zip(undeformed, video.labels, strict=True):
        lost = np.isin(simulated, np.setdiff1d(simulated, frame))
        frame[lost & (frame == 0)] = simulated[lost & (frame == 0)]
    shown = np.stack(
        [keep_shown(*pair, settings) for pair in zip(deformed, masks, strict=True)]
    )
    refined = repaired_whole(
        LabelVideo(shown, video.tracks, video.first_frame),
        LabelVideo(undeformed, video.tracks, video.first_frame),
        settings.longest_repair if settings.repair else 0,
    )
    painted = np.stack(
        [
            repaint_uncovered(
                refined.labels[time],
                images[time],
                masks[time],
                settings,
                np.random.default_rng((seed, time)),
            )[0]
            for time in range(len(video))
        ]
    )
    return refined, painted


def repaired_whole(
    video: LabelVideo, originals: LabelVideo, longest: int
) -> LabelVideo:
    """Restore labels that blink, and cut tracks with gaps."""
    labels = video.labels.copy()
    times: dict[int, list[int]] = {}
    for time, found in enumerate(presence(labels)):
        for label in found.tolist():
            times.setdefault(label, []).append(time)
    for label, present in times.items():
        for before, after in pairwise(present):
            if 1 < after - before <= longest + 1:
                for time in range(before + 1, after):
                    put_back(labels[time], originals.labels[time], [label])
    unlinked = originals.tracks.copy()
    unlinked["parent"] = 0
    parts = split_gaps(LabelVideo(labels, unlinked, video.first_frame))
    tracks = with_families(parts.tracks, originals.tracks, set(times))
    return LabelVideo(parts.labels, tracks, parts.first_frame)
