"""Videos as every step analyzes them: measurements only, in counts, objects bright."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from napari_asist.events import Note, Work
from napari_asist.files import written_aside
from napari_asist.labels import LabelVideo, split_gaps
from napari_asist.mapped import blank_video, each_frame
from napari_asist.workflow.joined_frames import joined
from napari_asist.workflow.recipe import Recipe

if TYPE_CHECKING:
    from napari_asist.video import Video
    from napari_asist.video.unmeasured import Unmeasured

FOLDER = "unmeasured"
"""Part of a run folder with what is no measurement in each video."""


def prepared(
    videos: "Sequence[Video]",
    recipe: Recipe,
    run: Path | None = None,
    hashes: Sequence[str] = (),
) -> "Work[list[Video]]":
    """Prepare videos for analysis, and report what that changes.

    Frames and pixels that are no measurement are left out or replaced, intensities are
    converted to counts, and videos of dark objects are inverted.

    Parameters
    ----------
    videos : sequence of Video
        As opened. All are converted by the same unit, and either all are inverted, or
        none.
    recipe : Recipe
        Its section scale decides; what is null is determined from the videos.
    run : Path, optional
        Run folder that stores what is no measurement in a video, so that it is
        searched for once.
    hashes : sequence of str, optional
        SHA-256 of each video's frames, with `run`.

    Returns
    -------
    list of Video
        Labels of these frames are returned to the recorded ones by `restored`.
    """
    measured = list(videos)
    if recipe.scale.find_unmeasured:
        measured = []
        for number, video in enumerate(videos):
            kept = run / FOLDER / f"{hashes[number]}.npz" if run and hashes else None
            measured.append((yield from _measured(video, kept)))
    in_counts = yield from _in_counts(measured)
    return (yield from _with_bright_objects(in_counts, recipe))


def restored(
    labels: LabelVideo, video: "Video", scratch: Path | None = None
) -> LabelVideo:
    """Return labels of a prepared video as labels of the recorded frames.

    Frames and regions that are no measurement are empty. A track that they interrupt is
    cut, and its later part has the earlier one as its parent.

    Parameters
    ----------
    labels : LabelVideo
        Labels of the prepared frames.
    video : Video
        The prepared video.
    scratch : Path, optional
        Folder for a file with the labels, which then backs the result.
    """
    if video.recorded is None:
        return labels
    shape, unmeasured = video.recorded.shape, video.recorded.unmeasured
    times = video.recorded_times
    file = scratch / "restored.raw" if scratch else None
    whole = blank_video(shape, labels.labels.dtype, file)
    hidden = unmeasured.regions[unmeasured.field]
    for time, frame in zip(times.tolist(), each_frame(labels.labels), strict=True):
        whole[(time, *unmeasured.field)] = np.where(hidden, 0, frame)
    tracks = labels.tracks.copy()
    for end in ("begin", "end"):
        tracks[end] = times[tracks[end]]
    confidence = labels.confidence
    if confidence is not None:
        rows, columns = unmeasured.field
        confidence = confidence.copy()
        confidence["frame"] = times[confidence["frame"]]
        confidence["y"] += rows.start
        confidence["x"] += columns.start
    made = split_gaps(LabelVideo(whole, tracks, labels.first_frame))
    return replace(made, confidence=confidence)


def preparation_of(videos: "Sequence[Video]") -> dict[str, Any]:
    """Return the record of how videos were prepared; empty if they are as recorded."""
    record: dict[str, Any] = {}
    if any(video.ceiling is not None for video in videos):
        record["objects"] = "dark"
    if unit := next((video.unit for video in videos if video.unit), None):
        record["unit"] = [unit.zero, unit.size]
    if any(video.recorded for video in videos):
        record["unmeasured"] = [
            _record(video.recorded.unmeasured) if video.recorded else None
            for video in videos
        ]
    return record


def _record(unmeasured: "Unmeasured") -> dict[str, Any]:
    masks = np.packbits(unmeasured.regions), np.packbits(unmeasured.defects)
    flashes = {"flashes": True} if unmeasured.flashes else {}
    return {
        **flashes,
        "frames": list(unmeasured.frames),
        "masked_pixels": int(unmeasured.regions.sum()),
        "defective_pixels": int(unmeasured.defects.sum()),
        "moves": unmeasured.moves,
        "sha256": hashlib.sha256(b"".join(m.tobytes() for m in masks)).hexdigest(),
    }


def _measured(video: "Video", kept: Path | None) -> "Work[Video]":
    """Return a video without what is no measurement, searched for or as stored."""
    from napari_asist.video.unmeasured import finding_unmeasured

    found = _read(kept, video.frames.shape) if kept else None
    if found is None:
        found = yield from finding_unmeasured(video.frames, video.name)
        if kept:
            _write(found, kept)
    for sentence in found.summary(video.first_frame):
        yield Note("scale", f"{video.name}: {sentence}")
    return video if found.is_empty else video.mended(found)


def _write(found: "Unmeasured", path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with written_aside(path) as aside, aside.open("wb") as file:
        np.savez_compressed(
            file,
            frames=np.array(found.frames, np.int64),
            regions=found.regions,
            defects=found.defects,
            moves=found.moves,
            flashes=found.flashes,
        )


def _read(path: Path, shape: tuple[int, ...]) -> "Unmeasured | None":
    """Return what is stored for a video of this shape, or None without a valid file."""
    from napari_asist.video.unmeasured import Unmeasured

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            found = Unmeasured(
                tuple(stored["frames"].astype(int).tolist()),
                stored["regions"].astype(bool),
                stored["defects"].astype(bool),
                bool(stored["moves"]),
                bool(stored["flashes"]),
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    fits = found.regions.shape == found.defects.shape == tuple(shape[1:])
    return found if fits and set(found.frames) < set(range(shape[0])) else None


def _in_counts(videos: "Sequence[Video]") -> "Work[list[Video]]":
    from napari_asist.video.intensity_unit import intensity_unit

    unit = intensity_unit(joined(videos))
    if unit is None:
        return list(videos)
    yield Note(
        "scale",
        f"Intensities are not in counts of a camera; {unit.zero:.4g} is taken as 0, "
        f"and {unit.size:.4g} as one count.",
    )
    return [video.in_counts(unit) for video in videos]


def _with_bright_objects(
    videos: "Sequence[Video]", recipe: Recipe
) -> "Work[list[Video]]":
    from napari_asist.estimation.polarity import brightest_possible, objects_are_dark

    requested = recipe.scale.objects
    dark = (
        objects_are_dark(joined(videos)) if requested is None else requested == "dark"
    )
    if not dark:
        return list(videos)
    ceiling = max(brightest_possible(video.frames) for video in videos)
    yield Note(
        "scale",
        "Objects are darker than their surroundings, so the video is inverted"
        + ("; override with --set scale.objects=bright." if requested is None else "."),
    )
    return [video.inverted(ceiling) for video in videos]
