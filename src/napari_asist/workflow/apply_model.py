"""A trained model applied to a video, outside of a run."""

import shutil
from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, Work
from napari_asist.resampling import scale_factor
from napari_asist.workflow.export.check import check_result
from napari_asist.workflow.export.provenance import origin_of_tracking
from napari_asist.workflow.export.run_card import write_card
from napari_asist.workflow.joined_frames import at_scale
from napari_asist.workflow.model_file import settings_of_use
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.recipe import Recipe, make_recipe, read_recipe
from napari_asist.workflow.run import find_model
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.run_folder.folder import RECIPE, make_folder
from napari_asist.workflow.scale import (
    kept_radius,
    kind_of,
    objects_of_videos,
    with_bright_objects,
)
from napari_asist.workflow.stages import STANDARD, track_into

RESULT = "01_RES"


def track_with_model(
    video: Path,
    channel: int | None,
    model: Path,
    recipe: Recipe,
    out: Path,
    stop: StopFlag,
) -> Work[Path]:
    """Segment and track a video with a trained model.

    Parameters
    ----------
    video : Path
    channel : int or None
        Channel of a video that has several.
    model : Path
        A run folder or a ``model.safetensors``.
    recipe : Recipe
        Its seed, its scaling and the tracking settings of the model's engine count,
        and the radius of the video's objects where it states one. Else they have that
        of the run where the video is the run's, and are estimated.
    out : Path
        Receives ``01_RES``, a table of the objects and the run card.
    stop : StopFlag

    Returns
    -------
    Path
        ``out/01_RES``.

    Raises
    ------
    AsistError
        There is no such model or video, the folder holds other files, or no object
        was found.
    Stopped
        When asked to stop; a result that is complete by then stays, without its card.
    """
    from napari_asist.ctc import read_ctc, refuse_foreign_files
    from napari_asist.scaling import fit_scaling
    from napari_asist.video import open_video

    weights, run = find_model(model)
    opened = open_video(video, channel)
    make_folder(out)
    result = out / RESULT
    refuse_foreign_files(result)
    digest = yield from hash_frames(opened.frames, opened.name)
    recipe = _of_model(recipe, weights)
    (bright,) = yield from with_bright_objects([opened], recipe)
    standard = standard_radius(weights)
    factor = 1.0
    if standard is not None:
        if recipe.scale.object_radius is None and run is not None:
            recipe = _of_radius(recipe, kept_radius(run, digest))
        objects = yield from objects_of_videos([bright], recipe)
        recipe = _of_radius(recipe, objects.radius)
        factor = scale_factor(objects.radius, standard)
    scaling = fit_scaling(at_scale(bright.frames, factor), recipe.scaling)
    yield from track_into(bright, weights, recipe, scaling, result, stop, factor)
    yield from check_result(result)
    origin = origin_of_tracking(opened, digest, channel, weights, recipe, run)
    scratch = out / ".card"
    try:
        write_card(read_ctc(result, scratch / "labels.raw"), origin, out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return result


def recipe_of_model(model: Path) -> Recipe:
    """Return the recipe that a trained model is to be applied with.

    Parameters
    ----------
    model : Path
        A run folder, whose recipe it is, or a file of weights, which keeps the
        settings that it was trained for; the default preset has the others. No
        radius of objects is stated, for each video has its own.

    Raises
    ------
    AsistError
        There is no trained model, or its settings are of another version.
    """
    weights, run = find_model(model)
    if run is not None and (run / RECIPE).exists():
        return _of_radius(read_recipe(run / RECIPE), None)
    return make_recipe(DEFAULT_PRESET, changes=[model_settings(weights)])


def model_settings(model: Path) -> dict[str, object]:
    """Return the settings that a model was trained for, if its file keeps them.

    Raises
    ------
    AsistError
        They are of another version.
    """
    settings = settings_of_use(model)
    settings.pop(STANDARD, None)
    try:
        make_recipe(changes=[settings])
    except AsistError as error:
        reason = str(error).removesuffix(".")
        raise AsistError(
            f"{model} keeps settings of another version of napari-asist ({reason}); "
            "name a --preset or a --recipe in their place."
        ) from error
    return settings


def standard_radius(model: Path) -> float | None:
    """Return the radius in px of the objects that a model knows.

    None for models of before, which know the objects of their own video alone: frames
    stay as they are.

    Parameters
    ----------
    model : Path
        File of weights.
    """
    radius = settings_of_use(model).get(STANDARD)
    return None if radius is None else float(radius)


def _of_model(recipe: Recipe, model: Path) -> Recipe:
    """Return a recipe with the engine of a model, and the kind of its objects."""
    use = settings_of_use(model)
    kind = kind_of(recipe) or use.get("estimate", {}).get("simulator")
    estimate = recipe.estimate.changed(simulator=kind)
    return recipe.changed(engine=use["engine"], estimate=estimate.model_dump())


def _of_radius(recipe: Recipe, radius: float | None) -> Recipe:
    scale = recipe.scale.changed(object_radius=radius)
    return recipe.changed(scale=scale.model_dump())
