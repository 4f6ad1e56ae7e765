"""The provenance of a result: video, model, settings and machine."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.errors import AsistError
from napari_asist.workflow.model import Model, of_radius
from napari_asist.workflow.model_file import MODEL
from napari_asist.workflow.recipe import TRACKING, Recipe, read_recipe
from napari_asist.workflow.run_folder.folder import RECIPE, RunFolder
from napari_asist.workflow.run_folder.record import RECORD, machine, versions
from napari_asist.workflow.scale import kept_radius

if TYPE_CHECKING:
    from napari_asist.video import Video


@dataclass(frozen=True)
class Origin:
    """What a result was made from.

    Parameters
    ----------
    video : dict
        Name, frames (T, Y, X), SHA-256 of the frames, channel; ``made_from`` if they
        are not all frames of a file as it was recorded, see `Video`.
    model : dict
        Name of the file and its SHA-256.
    settings : dict
        The recipe as plain data. If the model's training is unknown, only the settings
        needed to apply it.
    trained : bool
        Whether the model was trained with these settings.
    device : str
    made : str
        Date and time.
    versions, machine : dict
    """

    video: dict[str, Any]
    model: dict[str, Any]
    settings: dict[str, Any]
    trained: bool
    device: str
    made: str
    versions: dict[str, str]
    machine: dict[str, Any]


def origin_of_tracking(
    video: "Video",
    digest: str,
    channel: int | None,
    model: Model,
    radius: float,
) -> Origin:
    """Return the provenance of a result that a model has just produced.

    Parameters
    ----------
    video : Video
    digest : str
        SHA-256 of the video's frames.
    channel : int or None
    model : Model
    radius : float
        Radius of a typical object, in px of the video; see `Model.objects_of`.
    """
    from napari_asist.training.device import choose_device

    recipe, run = model.recipe, model.run
    if model.standard_radius is not None:
        recipe = of_radius(recipe, radius)
    used = recipe.used(("seed", "scale", "scaling", *TRACKING))
    settings = recipe.sections(*used)
    # The settings of the training; the video may be tracked with others.
    is_known = run is not None and (run / RECIPE).exists()
    if run is not None and is_known:
        settings = read_recipe(run / RECIPE).model_dump(mode="json") | settings
    return Origin(
        {
            "name": video.name,
            "frames": list(video.frames.shape),
            "sha256": digest,
            "channel": channel,
            **({"made_from": video.made_from} if video.made_from else {}),
        },
        {"name": model.weights.name, "sha256": hash_file(model.weights)},
        settings,
        is_known,
        str(choose_device(recipe.network.device)),
        datetime.now(UTC).isoformat(timespec="seconds"),
        versions(),
        machine(),
    )


def origin_of_run(run: Path, number: int = 1) -> Origin:
    """Return the provenance of a run's result, from the run's record.

    Parameters
    ----------
    run : Path
    number : int
        Which of the run's videos, from 1.

    Raises
    ------
    AsistError
        It is not a run folder, or its model is not trained.
    """
    model = RunFolder(run).done("network") / MODEL
    recipe = read_recipe(run / RECIPE)
    try:
        record = json.loads((run / RECORD).read_text(encoding="utf-8"))
        video = record["videos"][number - 1]
        return Origin(
            {
                "name": video["name"],
                "frames": video["frames"],
                "sha256": video["sha256"],
                "channel": record["channel"],
                **{key: video[key] for key in ("made_from",) if key in video},
            },
            {"name": model.name, "sha256": hash_file(model)},
            recipe.model_dump(mode="json") | _scale(run, recipe),
            True,
            _device(recipe.network.device, record["machine"]),
            record["written"],
            record["versions"],
            record["machine"],
        )
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise AsistError(
            f"{run} has no readable {RECORD}; choose a run folder."
        ) from error


def _scale(run: Path, recipe: Recipe) -> dict[str, Any]:
    """Return the scale section with the radius determined by the run."""
    radius = kept_radius(run) or recipe.scale.object_radius
    return {"scale": {"object_radius": radius}}


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _device(requested: str, recorded: dict[str, Any]) -> str:
    """Return the device that a run used; automatic means the best available."""
    if requested != "auto":
        return requested
    if recorded.get("gpus"):
        return "cuda"
    from napari_asist.training.device import choose_device

    return str(choose_device()) if recorded == machine() else "cpu"
