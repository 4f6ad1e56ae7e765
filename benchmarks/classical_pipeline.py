"""A textbook pipeline as a peer: LoG-seeded watershed and linear assignment, untuned.

The watershed is the one used to measure a video before it is simulated
(`outlined_objects`), and the linker is that of the engine RSHN, without embeddings.
Both see the frames at the standard scale, as the networks do, and use their defaults.
"""

from pathlib import Path

import numpy as np

from napari_asist.ctc import write_ctc
from napari_asist.estimation.detect import outlined_objects, typical_radius
from napari_asist.estimation.drawn_borders import DrawnBorder
from napari_asist.estimation.object_scale import object_radius
from napari_asist.labels import relabel
from napari_asist.resampling import scale_factor
from napari_asist.scaling import ScalingSettings, fit_scaling
from napari_asist.simulation.settings import SimulatorKind, simulators
from napari_asist.tracking.linking.linked_frames import Chains
from napari_asist.tracking.repair.tracks import Tracks, blank_labels
from napari_asist.tracking.segmentation.windows import Piece
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import repair
from napari_asist.video import open_video
from napari_asist.workflow.joined_frames import at_scale
from napari_asist.workflow.scale import in_shape

NAME = "LoG watershed, untuned"
SETTINGS = TrackingSettings(linker="assignment", embedding_weight=0)


def track_classically(
    video: Path, result: Path, kind: SimulatorKind, border: float | None
) -> None:
    """Outline and track a video, and write the result folder.

    Parameters
    ----------
    video : Path
    result : Path
        ``…/01_RES``.
    kind : str
        Nuclei or sticks.
    border : float or None
        Where outlines end, as in `EstimateSettings`.
    """
    opened = open_video(video)
    frames = at_scale(opened.frames, scale_factor(object_radius(opened.frames, kind)))
    times = np.linspace(0, len(frames) - 1, 8).round().astype(int)
    radius = float(np.median([typical_radius(frames[int(time)]) for time in times]))
    saddle = simulators()[kind].saddle
    scaling = fit_scaling(frames, ScalingSettings())
    drawn = DrawnBorder(border, softness=scaling.softness)
    chains = Chains(blank_labels(frames.shape, None), SETTINGS, None)
    last = np.zeros((0, *frames.shape[1:]), np.int32)
    for time in range(len(frames)):
        found = outlined_objects(np.asarray(frames[time]), radius, saddle, drawn)[1]
        pair = np.concatenate([last, found[None]])
        if time:
            chains.add(Piece(time - 1, pair, np.ones((2, 2, *found.shape), np.float32)))
        last = found[None]
    tracks = Tracks(chains.labels)
    repair(tracks, SETTINGS)
    tracked = in_shape(tracks.video(opened.first_frame), opened.frames.shape)
    write_ctc(relabel(tracked).checked(), result)
