"""Load and save the recipe that the panels of a viewer share."""

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_asist.errors import AsistError
from napari_asist.plugin.session import Session
from napari_asist.workflow.recipe import Recipe, read_recipe, write_recipe

RECIPES = "Recipes (*.yaml *.yml)"


def recipe_with(recipe: Recipe, seed: int | float | str, simulation: object) -> Recipe:
    """Return a recipe with another seed and other simulator settings.

    Raises
    ------
    AsistError
        The seed is invalid.
    """
    if isinstance(seed, str) or not 0 <= seed < 2**32 or seed != int(seed):
        raise AsistError("The seed must be a whole number from 0 to 4294967295.")
    values = dict(recipe) | {"seed": int(seed), "simulation": simulation}
    return Recipe.model_validate(values)


def load_into(session: Session, path: Path) -> str:
    """Load all panels' settings from a recipe, and return a message for the user."""
    try:
        recipe = read_recipe(path)
    except AsistError as error:
        return str(error)
    session.set_recipe(recipe)
    if recipe.simulation is None:
        return (
            f"{path.name} has no simulator settings, so a run estimates them from the "
            "video; press Match my video to see them."
        )
    return f"Loaded {path.name}."


def save_from(session: Session, path: Path) -> str:
    """Save all panels' settings as a recipe, and return a message for the user."""
    try:
        write_recipe(session.recipe, path)
    except OSError as error:
        reason = error.strerror or str(error)
        return f"{path.name} was not saved ({reason}); choose another location."
    return f"Saved as {path.name}."


def load_chosen(parent: QWidget, session: Session) -> str:
    """Load a recipe that the user chooses, and return a message, if any."""
    path, _ = QFileDialog.getOpenFileName(parent, "Load recipe", "", RECIPES)
    return load_into(session, Path(path)) if path else ""


def save_chosen(parent: QWidget, session: Session) -> str:
    """Save the recipe where the user chooses, and return a message, if any."""
    path, _ = QFileDialog.getSaveFileName(parent, "Save recipe", "recipe.yaml", RECIPES)
    return save_from(session, Path(path)) if path else ""
