"""A model of a network that is still in training: its newest checkpoint."""

from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.resampling import STANDARD_RADIUS
from napari_asist.workflow.recipe import read_recipe
from napari_asist.workflow.run_folder.folder import PARTIAL, RECIPE
from napari_asist.workflow.scale import kept_radius
from napari_asist.workflow.stages import settings_for_use

NETWORK = "network"
CHECKPOINT = "checkpoint.safetensors"

CHECKPOINTS = "checkpoints"
"""Folder in a run folder for the checkpoints that a user has tracked with, because
results refer to them."""

NONE_YET = (
    "There is no checkpoint yet; the training writes the first one after a minute, and "
    "when it is paused or stopped."
)


def has_checkpoint(run: Path | None) -> bool:
    """Whether the network of a run is in training, or stopped, with a checkpoint."""
    return run is not None and _checkpoint(run).is_file()


def save_checkpoint_model(run: Path, folder: Path) -> tuple[Path, int]:
    """Write the newest checkpoint of a run's network as a model.

    The training is not disturbed: it replaces its checkpoints at once.

    Parameters
    ----------
    run : Path
        The run folder.
    folder : Path
        Receives the model. Its name states the step, and becomes part of the provenance
        of results.

    Returns
    -------
    model, step : Path, int
        Such as ``checkpoint at step 600.safetensors``, and 600.

    Raises
    ------
    AsistError
        There is no checkpoint yet, or it cannot be read.
    """
    from napari_asist.training.checkpoint import load_state, save_state

    if not has_checkpoint(run):
        raise AsistError(NONE_YET)
    state, metadata = load_state(_checkpoint(run))
    recipe = read_recipe(run / RECIPE)
    radius = kept_radius(run) or recipe.scale.object_radius or STANDARD_RADIUS
    is_depth = recipe.engine == "depth"
    step = int(metadata["step"])
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / f"checkpoint at step {step}.safetensors"
    save_state(
        model,
        {"depth" if is_depth else "network": state["networks"]},
        settings=recipe.network.model_dump(mode="json"),
        use=settings_for_use(recipe, radius),
    )
    return model, step


def _checkpoint(run: Path) -> Path:
    return run / (NETWORK + PARTIAL) / CHECKPOINT
