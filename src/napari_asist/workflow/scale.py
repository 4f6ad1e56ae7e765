"""Properties of the objects in a run's videos, determined once and stored."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from napari_asist.events import Note, Work
from napari_asist.labels import LabelVideo
from napari_asist.mapped import blank_video, each_frame
from napari_asist.resampling import enlarged_labels, scale_factor
from napari_asist.simulation.settings import SimulatorKind, with_current_kinds
from napari_asist.workflow.prepared import preparation_of
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run_folder.record import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_asist.estimation.proposal import TypicalObject
    from napari_asist.video import Video

SCALE = "scale.json"
RADIUS, SIMULATOR = "object_radius", "simulator"


@dataclass(frozen=True)
class VideoObjects:
    """What was determined about the objects of videos.

    Parameters
    ----------
    radius : float
        Radius of a typical object, in px of the videos.
    simulator : str
        The simulator for such objects.
    """

    radius: float
    simulator: SimulatorKind


def objects_of_videos(
    videos: "Sequence[Video]", recipe: Recipe, draws: bool = False
) -> Work[VideoObjects]:
    """Determine the radius of a typical object and the simulator for the objects.

    Values in the recipe are used; the others are estimated from the videos and
    reported.

    Parameters
    ----------
    videos : sequence of Video
        All share one radius and one simulator.
    recipe : Recipe
    draws : bool
        Whether synthetic frames will be rendered; if so, the suitability of the
        renderer is reported.

    Raises
    ------
    AsistError
        No object stands out from the background, and a value has to be estimated.
    """
    from napari_asist.estimation.object_scale import (
        estimating_object,
        estimating_radius,
    )
    from napari_asist.workflow.joined_frames import joined

    radius, kind = recipe.scale.object_radius, kind_of(recipe)
    typical = None
    if radius is None and kind is not None and not draws:
        radius = yield from estimating_radius(joined(videos), kind)
    elif radius is None or kind is None:
        typical = yield from estimating_object(joined(videos), kind, radius)
        radius = typical.radius
    factor = scale_factor(radius)
    how = "are not resampled" if factor == 1 else f"are resampled by {factor:.2f}"
    yield Note(
        "scale", f"Objects have a typical radius of {radius:.3g} px; frames {how}."
    )
    if typical is not None and kind is None:
        yield Note("scale", typical.simulator_reason())
    if typical is not None and draws and recipe.synthesis.engine == "renderer":
        yield Note("scale", typical.drawing_reason())
    return VideoObjects(radius, kind or cast("TypicalObject", typical).kind)


def objects_of_run(
    videos: "Sequence[Video]", hashes: "Sequence[str]", recipe: Recipe, run: Path
) -> Work[VideoObjects]:
    """Determine radius and simulator once and store them for resumed runs.

    Parameters
    ----------
    videos : sequence of Video
    hashes : sequence of str
        SHA-256 of each video's frames.
    recipe : Recipe
    run : Path
        Folder for ``scale.json``.
    """
    kind = kind_of(recipe)
    requested = {
        "videos": list(hashes),
        RADIUS: recipe.scale.object_radius,
        SIMULATOR: kind,
        **preparation_of(videos),
    }
    kept, radius = _read(run), kept_radius(run)
    before = dict(kept.get("asked", {}))
    decided = kept.get(SIMULATOR, before.get(SIMULATOR))
    # A recipe written by a run contains earlier estimates.
    if before.get(SIMULATOR) != kind and decided == kind:
        before[SIMULATOR] = kind
    if radius is not None and decided is not None and before == requested:
        return VideoObjects(radius, decided)
    found = yield from objects_of_videos(videos, recipe, recipe.simulation is None)
    write_json(
        run / SCALE,
        {
            "asked": requested,
            RADIUS: found.radius,
            "factor": scale_factor(found.radius),
            SIMULATOR: found.simulator,
        },
    )
    return found


def kept_radius(run: Path, digest: str | None = None) -> float | None:
    """Return the radius stored by a run, or None if there is none.

    Parameters
    ----------
    run : Path
    digest : str, optional
        SHA-256 of a video's frames; the result is None if the run has no such video.
    """
    kept = _read(run)
    is_mine = digest is None or digest in kept.get("asked", {}).get("videos", [])
    radius = kept.get(RADIUS)
    return float(radius) if is_mine and isinstance(radius, int | float) else None


def kind_of(recipe: Recipe) -> SimulatorKind | None:
    """Return the simulator whose objects to search for; None to choose one."""
    return recipe.simulation.kind if recipe.simulation else recipe.estimate.simulator


def in_shape(
    video: LabelVideo, shape: tuple[int, ...], scratch: Path | None = None
) -> LabelVideo:
    """Return a label video at another resolution, with the same tracks.

    Parameters
    ----------
    video : LabelVideo
    shape : tuple of int
        The last two values are height and width; if they are the video's own, it is
        returned unchanged.
    scratch : Path, optional
        Folder for a file with the labels, which then backs the result.
    """
    height, width = shape[-2:]
    if video.labels.shape[1:] == (height, width):
        return video
    file = scratch / "enlarged.raw" if scratch else None
    labels = blank_video((len(video), height, width), video.labels.dtype, file)
    for time, frame in enumerate(each_frame(video.labels)):
        labels[time] = enlarged_labels(frame, (height, width))
    return LabelVideo(labels, video.tracks, video.first_frame)


def _read(run: Path) -> dict[str, Any]:
    try:
        kept = json.loads((run / SCALE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return with_current_kinds(kept) if isinstance(kept, dict) else {}
