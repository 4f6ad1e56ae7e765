"""Check a trained depth network on scenes that it has never seen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from napari_asist.depth.maps import Maps, load_depth_model
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.train import save_model
from napari_asist.events import Note, Work, raise_if_stopped
from napari_asist.labels import LabelVideo, labels_in
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.scaling import IntensityScaling
from napari_asist.threads import frame_of
from napari_asist.tracking.depth.grid import Grid
from napari_asist.tracking.depth.objects import segment
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.training.checkpoint import load_state
from napari_asist.workflow.run_folder.record import write_json

HELD_OUT = "held_out.json"
"""File next to the model with the result of the check."""

FINE_TUNING = "fine_tuning.json"
"""File next to the model that says whether fine-tuning has helped."""

CLIPS, CLIP = 3, 4
"""Parts of a video in which agreement over time is measured, and their frames."""

LESS_STEADY = 0.02
"""Agreement over time that a fine-tuned network may lose: it also finds dim and
crowded objects, which change most."""

Labeled: TypeAlias = tuple[NDArray[np.float32], LabelVideo]
"""Frames on the networks' scale, shape (T, Y, X), and their labels."""

POOR = 0.5
"""Mean overlap below which the network has not learned to outline objects."""


@dataclass(frozen=True)
class OutlineScores:
    """How well a network outlines objects whose true outlines are known.

    Parameters
    ----------
    objects : int
        True objects, counted in every frame.
    found : int
        True objects of which one outline covers more than half, as in SEG (Ulman et
        al., Nature Methods 14, 2017).
    spurious : int
        Outlines that match no true object.
    overlap : float
        Mean Jaccard index over all true objects, 0 for those not found; 1 if there are
        no true objects.
    """

    objects: int
    found: int
    spurious: int
    overlap: float

    @property
    def net_overlap(self) -> float:
        """The overlap, lowered by spurious outlines as by missed objects."""
        counted = self.objects + self.spurious
        return self.overlap * self.objects / counted if counted else 1.0

    def sentence(self, steps: int) -> str:
        """Return a summary, with advice if the network is poor.

        Parameters
        ----------
        steps : int
            Steps of the training.
        """
        known = (
            "In synthetic frames not used for training, the network outlines "
            f"{self.found} of {self.objects} objects and adds {self.spurious} spurious "
            f"ones; the mean overlap is {self.overlap:.2f}"
        )
        if self.overlap >= POOR:
            return f"{known} (Jaccard index)."
        return (
            f"{known} (Jaccard index), too low for tracking: delete the folders "
            f"network and result, increase depth.steps above {steps}, and run again."
        )


def compared(truth: NDArray[np.integer], found: NDArray[np.integer]) -> OutlineScores:
    """Compare the outlines in one frame with the true ones.

    Parameters
    ----------
    truth, found : ndarray of int, shape (Y, X)
    """
    n_found = int(found.max(initial=0)) + 1
    pairs = truth.astype(np.int64) * n_found + found
    shape = int(truth.max(initial=0)) + 1, n_found
    shared = np.bincount(pairs.ravel(), minlength=shape[0] * n_found).reshape(shape)
    areas, sizes = shared.sum(axis=1), shared.sum(axis=0)
    objects = labels_in(truth)
    # Background is never matched.
    shared[:, 0] = 0
    best = shared.argmax(axis=1)
    inside = shared.max(axis=1)
    matched = objects[2 * inside[objects] > areas[objects]]
    overlap = inside[matched] / (areas + sizes[best] - inside)[matched]
    spurious = len(set(labels_in(found).tolist()) - set(best[matched].tolist()))
    mean = float(overlap.sum() / len(objects)) if len(objects) else 1.0
    return OutlineScores(len(objects), len(matched), spurious, mean)


def joined(parts: Sequence[OutlineScores]) -> OutlineScores:
    """Add up the results of several frames."""
    objects = sum(part.objects for part in parts)
    total = sum(part.objects * part.overlap for part in parts)
    return OutlineScores(
        objects,
        sum(part.found for part in parts),
        sum(part.spurious for part in parts),
        total / objects if objects else 1.0,
    )


def check_depth(
    videos: Sequence[Labeled],
    model: Path,
    scaling: IntensityScaling,
    depth: DepthSettings,
    tracking: DepthTrackingSettings,
) -> Work[None]:
    """Report how well a trained network outlines the objects of some videos.

    The run continues either way: users may want to see the output of a poor network.

    Parameters
    ----------
    videos : sequence of (ndarray of float32 (T, Y, X), LabelVideo)
        Frames on the networks' scale, and their labels; none were used for training.
    model : Path
        ``held_out.json`` is written next to it.
    scaling : IntensityScaling
    depth : DepthSettings
        Determines the device.
    tracking : DepthTrackingSettings
    """
    outlined = outline_scores(videos, model, scaling, depth, tracking)
    write_json(model.with_name(HELD_OUT), asdict(outlined))
    yield Note("train", outlined.sentence(depth.total_steps))


def outline_scores(
    videos: Sequence[Labeled],
    model: Path,
    scaling: IntensityScaling,
    depth: DepthSettings,
    tracking: DepthTrackingSettings,
) -> OutlineScores:
    """Return how well a network outlines the objects of labeled videos.

    Parameters
    ----------
    videos, model, scaling, depth, tracking
        See `check_depth`.
    """
    network = load_depth_model(model, depth.device)
    parts = []
    for images, video in videos:
        maps = network.maps_of_scaled(images, scaling)
        for predicted, truth in zip(maps, video.labels, strict=True):
            raise_if_stopped()
            parts.append(compared(truth, _outlined(predicted, tracking)))
    return joined(parts)


def agreement_over_time(
    frames: Any,
    model: Path,
    scaling: IntensityScaling,
    depth: DepthSettings,
    tracking: DepthTrackingSettings,
) -> float:
    """Return how much a network agrees with itself in consecutive frames of a video.

    The objects of a frame are moved to where the network says they were in the
    previous frame. An object that is cut, merged or missed in one of two frames does
    not overlap there with itself.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Real frames at the standard scale; `CLIPS` parts of `CLIP` frames are used.
    model, scaling, depth, tracking
        See `check_depth`.

    Returns
    -------
    float
        Mean Jaccard index of the objects in both directions; 0 if there are none.
    """
    network = load_depth_model(model, depth.device)
    parts = []
    starts = np.linspace(0, max(len(frames) - CLIP, 0), CLIPS).astype(int)
    for start in np.unique(starts).tolist():
        times = range(start, min(start + CLIP, len(frames)))
        clip = np.stack([frame_of(frames, time) for time in times])
        before = None
        for maps in network.maps(clip, scaling):
            raise_if_stopped()
            labels = _outlined(maps, tracking)
            if before is not None:
                moved = moved_back(labels, maps.offset)
                parts += [compared(before, moved), compared(moved, before)]
            before = labels
    both = joined(parts)
    return both.overlap if both.objects else 0.0


def moved_back(
    labels: NDArray[np.integer], offset: NDArray[np.float32]
) -> NDArray[np.int32]:
    """Return the objects of a frame where they were in the previous frame.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    offset : ndarray of float32, shape (2, ceil(Y / 2), ceil(X / 2))
        See `napari_asist.depth.maps.Maps`.

    Returns
    -------
    ndarray of int32, shape (Y, X)
    """
    moved = np.zeros(labels.shape, np.int32)
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        pixels = np.argwhere(labels[box] == number) + [side.start for side in box]
        ways = offset[:, pixels[:, 0] // 2, pixels[:, 1] // 2]
        # The mean way of an object's pixels is that of its center.
        pixels += np.rint(ways.mean(axis=1)).astype(int)
        pixels = pixels[((pixels >= 0) & (pixels < labels.shape)).all(axis=1)]
        moved[pixels[:, 0], pixels[:, 1]] = number
    return moved


@dataclass(frozen=True)
class Comparison:
    """A ready-made model, and what its fine-tuning made of it, without any label.

    Parameters
    ----------
    outlines, outlines_tuned : float
        Mean overlap with the objects of synthetic frames that look like the video,
        lowered by spurious ones.
    agreement, agreement_tuned : float
        Agreement over time in the video itself.
    """

    outlines: float
    outlines_tuned: float
    agreement: float
    agreement_tuned: float

    @property
    def has_helped(self) -> bool:
        """Whether the tuned network is better, and not only on synthetic frames."""
        is_steady = self.agreement_tuned >= self.agreement - LESS_STEADY
        return self.outlines_tuned > self.outlines and is_steady

    def sentence(self) -> str:
        """Return what was compared, and which network is kept."""
        kept = "is kept" if self.has_helped else "is discarded, as it has not helped"
        return (
            f"The fine-tuned network {kept}: its overlap in synthetic frames is "
            f"{self.outlines_tuned:.3f} and its agreement over time in the video "
            f"{self.agreement_tuned:.3f}; the ready-made model has "
            f"{self.outlines:.3f} and {self.agreement:.3f}."
        )


def keep_better(
    start: Path,
    videos: Sequence[Labeled],
    frames: Any,
    model: Path,
    scaling: IntensityScaling,
    depth: DepthSettings,
    tracking: DepthTrackingSettings,
) -> Work[None]:
    """Replace a fine-tuned network by the ready-made one if it has not become better.

    Parameters
    ----------
    start : Path
        The ready-made model.
    videos : sequence of (ndarray of float32 (T, Y, X), LabelVideo)
        Synthetic frames that look like the video.
    frames : array or sequence of arrays, shape (T, Y, X)
        The video, at the standard scale.
    model : Path
        The fine-tuned network; ``fine_tuning.json`` is written next to it.
    scaling, depth, tracking
        See `check_depth`.
    """
    overlaps, agreements = [], []
    for one in (start, model):
        outlined = outline_scores(videos, one, scaling, depth, tracking)
        overlaps.append(outlined.net_overlap)
        agreements.append(agreement_over_time(frames, one, scaling, depth, tracking))
    comparison = Comparison(*overlaps, *agreements)
    if not comparison.has_helped:
        use = load_state(model)[1]["use"]
        save_model(model, load_depth_model(start, "cpu").network, depth, use)
    write_json(
        model.with_name(FINE_TUNING),
        {**asdict(comparison), "kept": comparison.has_helped},
    )
    yield Note("train", comparison.sentence())


def _outlined(maps: Maps, tracking: DepthTrackingSettings) -> NDArray[np.int32]:
    """Return the objects of a frame at the scale of the maps."""
    height, width = maps.signal.shape
    grid = Grid((height, width), (height, width), STANDARD_RADIUS)
    return segment(maps, grid, tracking).labels
