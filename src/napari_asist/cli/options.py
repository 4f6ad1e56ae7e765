"""Options that several commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.errors import AsistError
from napari_asist.workflow.presets import DEFAULT_PRESET, PRESETS

if TYPE_CHECKING:
    from napari_asist.workflow.model import Model
    from napari_asist.workflow.recipe import Recipe

KINDS = "nuclei or microvilli (sticks)"
"""The package's simulators; the help does without their settings, which load slowly."""

Commands = Any
"""The return type of ``add_subparsers``, for which argparse has no public name."""


def add_command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    details: str = "",
) -> argparse.ArgumentParser:
    """Add a command with the options that all commands share."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=f"{summary[:1].upper()}{summary[1:]}. {details}"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="show no progress and no notes"
    )
    parser.set_defaults(command=run)
    return parser


def add_recipe_options(
    parser: argparse.ArgumentParser, with_preset: bool = True
) -> None:
    """Add the options that determine a recipe."""
    group = parser.add_argument_group("settings (later ones take precedence)")
    if with_preset:
        group.add_argument(
            "--preset",
            choices=list(PRESETS),
            help=f"a named set of settings (default: {DEFAULT_PRESET})",
        )
    group.add_argument("--recipe", type=Path, metavar="FILE", help="a YAML recipe")
    group.add_argument("--seed", type=int, help="random seed")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.NAME=VALUE",
        dest="changes",
        help="change one setting, such as depth.steps=1000; can be repeated",
    )
    group.add_argument(
        "--object-radius",
        type=float,
        metavar="PX",
        help="radius of a typical object in pixels of the video (default: estimated)",
    )
    add_shapes_option(group)


def add_shapes_option(parser: argparse._ActionsContainer) -> None:
    """Add the option for Python files with shapes that recipes may use."""
    parser.add_argument(
        "--shapes",
        action="append",
        default=[],
        type=Path,
        metavar="FILE.py",
        help="a Python file with your own shapes for the simulators; the file is "
        "executed",
    )


def add_simulator_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses the simulator to fit to a video."""
    parser.add_argument(
        "--simulator",
        type=simulator_kind,
        metavar="KIND",
        help=f"simulator to fit: {KINDS} (default: chosen from the video)",
    )


def simulator_kind(name: str) -> str:
    """Return the kind of a simulator, given its name now or in an earlier version.

    Raises
    ------
    ArgumentTypeError
        If there is no such simulator.
    """
    from napari_asist.simulation.settings import current_kind, simulator_model

    try:
        simulator_model(name)
    except AsistError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return current_kind(name)


def add_channel_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a channel."""
    parser.add_argument(
        "--channel",
        type=int,
        help="channel to use if the video has several, starting at 0",
    )


def add_model_option(parser: argparse.ArgumentParser, by_default: str) -> None:
    """Add the option that chooses a model.

    Parameters
    ----------
    parser : ArgumentParser
    by_default : str
        The model that is used without this option, in words.
    """
    parser.add_argument(
        "--model",
        type=Path,
        metavar="MODEL",
        help="a ready-made model (nuclei or rods), a run folder or a "
        "model.safetensors; its own settings are used unless a preset or recipe is "
        f"given (default: {by_default})",
    )


def model_from(options: argparse.Namespace) -> "Model | Recipe":
    """Return the model that the options specify, or a recipe for ready-made ones.

    Raises
    ------
    AsistError
        There is no such model, or see `recipe_from`.
    """
    from napari_asist.workflow.model import Model, find_model

    if options.model is None:
        return recipe_from(options)
    weights, run = find_model(options.model)
    return Model.load(options.model, recipe_from(options, run, model=weights))


def recipe_from(
    options: argparse.Namespace,
    run: Path | None = None,
    estimates_again: bool = False,
    model: Path | None = None,
) -> "Recipe":
    """Return the recipe that the options specify.

    Parameters
    ----------
    options : Namespace
    run : Path, optional
        A run folder whose recipe is used if neither a preset nor a recipe is given.
    estimates_again : bool
        Whether settings for the estimate are allowed even if the recipe has a
        simulation.
    model : Path, optional
        A model whose settings are used if no run, preset or recipe is given.

    Raises
    ------
    AsistError
        Names the file, the field, its bound and its value.
    """
    from napari_asist.workflow.model import model_settings
    from napari_asist.workflow.recipe import make_recipe, parse_change
    from napari_asist.workflow.run_folder.folder import RECIPE

    changes: list[dict[str, Any]] = []
    preset, file = getattr(options, "preset", None), options.recipe
    if preset is None and file is None:
        if run is not None and (run / RECIPE).exists():
            file = run / RECIPE
            if model is not None:  # objects in another video may have a different size
                changes.append({"scale": {"object_radius": None}})
        else:
            preset = DEFAULT_PRESET
            if model is not None:
                changes.append(model_settings(model))
    if simulator := getattr(options, "simulator", None):
        changes.append({"estimate": {"simulator": simulator}})
    if options.seed is not None:
        changes.append({"seed": options.seed})
    if (radius := getattr(options, "object_radius", None)) is not None:
        changes.append({"scale": {"object_radius": radius}})
    changes += [parse_change(text) for text in options.changes]
    recipe = make_recipe(preset, file, changes)
    if simulator and recipe.simulation and recipe.simulation.kind != simulator:
        raise AsistError(
            f"--simulator {simulator}: the recipe contains settings of the simulator "
            f"{recipe.simulation.kind}; add --set simulation=null to estimate again."
        )
    before = make_recipe(preset, file)
    requested = before.estimate.changed(simulator=recipe.estimate.simulator)
    is_idle = before.simulation and recipe.simulation and not estimates_again
    if is_idle and requested != recipe.estimate:
        raise AsistError(
            "--set estimate.… has no effect because the recipe already contains the "
            "estimated settings; add --set simulation=null to estimate again."
        )
    return recipe
