"""How large the objects of a run's videos are, decided once and kept."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.events import Note, Work
from napari_asist.labels import LabelVideo
from napari_asist.mapped import blank_video, each_frame
from napari_asist.resampling import enlarged_labels, scale_factor
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.record import write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_asist.video import Video

SCALE = "scale.json"
RADIUS = "object_radius"


def radius_of_videos(videos: "Sequence[Video]", recipe: Recipe) -> Work[float]:
    """Return the radius of a typical object: the recipe's, or estimated.

    Parameters
    ----------
    videos : sequence of Video
        They share one radius.
    recipe : Recipe
        Its scale, else its simulator counts.

    Returns
    -------
    float
        In px of the videos.

    Raises
    ------
    AsistError
        No object stands out of the background, and no radius is stated.
    """
    from napari_asist.simulation.object_scale import estimating_radius
    from napari_asist.workflow.estimate import joined

    radius = recipe.scale.object_radius
    if radius is None:
        radius = yield from estimating_radius(joined(videos), kind_of(recipe))
    factor = scale_factor(radius)
    how = "stay as they are" if factor == 1 else f"are resampled by {factor:.2f}"
    yield Note(
        "scale", f"Objects have a typical radius of {radius:.3g} px; frames {how}."
    )
    return radius


def radius_of_run(
    videos: "Sequence[Video]", hashes: "Sequence[str]", recipe: Recipe, run: Path
) -> Work[float]:
    """Decide the radius once and keep it, so that a resumed run has the same scale.

    Parameters
    ----------
    videos : sequence of Video
    hashes : sequence of str
        SHA-256 of each video's frames.
    recipe : Recipe
    run : Path
        Receives ``scale.json``.
    """
    asked = {
        "videos": list(hashes),
        RADIUS: recipe.scale.object_radius,
        "simulator": kind_of(recipe),
    }
    kept = _read(run)
    if kept.get("asked") == asked and kept_radius(run) is not None:
        return float(kept[RADIUS])
    radius = yield from radius_of_videos(videos, recipe)
    write_json(
        run / SCALE, {"asked": asked, RADIUS: radius, "factor": scale_factor(radius)}
    )
    return radius


def kept_radius(run: Path, digest: str | None = None) -> float | None:
    """Return the radius that a run has decided, None where it has not.

    Parameters
    ----------
    run : Path
    digest : str, optional
        SHA-256 of the frames of a video; None is returned where it is not the run's.
    """
    kept = _read(run)
    is_mine = digest is None or digest in kept.get("asked", {}).get("videos", [])
    radius = kept.get(RADIUS)
    return float(radius) if is_mine and isinstance(radius, int | float) else None


def kind_of(recipe: Recipe) -> Any:
    """Return the simulator whose objects are looked for."""
    return recipe.simulation.kind if recipe.simulation else recipe.estimate.simulator


def in_shape(
    video: LabelVideo, shape: tuple[int, ...], scratch: Path | None = None
) -> LabelVideo:
    """Return a label video at another resolution, with the same tracks.

    Parameters
    ----------
    video : LabelVideo
    shape : tuple of int
        Its last two are height and width; where they are the video's, it is returned
        unchanged.
    scratch : Path, optional
        Folder for a file with the labels, which the result then reads from.
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
    return kept if isinstance(kept, dict) else {}
