"""``estimate`` and ``simulate``."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from napari_asist.cli.options import (
    KINDS,
    Commands,
    add_channel_option,
    add_command,
    add_recipe_options,
    add_shapes_option,
    add_simulator_option,
    recipe_from,
    simulator_kind,
)
from napari_asist.errors import AsistError

if TYPE_CHECKING:
    from napari_asist.workflow.recipe import Recipe


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    parser = add_command(
        commands,
        "estimate",
        estimate,
        "estimate the simulator's settings from videos, without labels, and write a "
        "recipe",
    )
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="recipe to write (default: stdout)"
    )
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="PNG that shows the detections and the estimates (default: next to the "
        "recipe; none if the recipe goes to stdout)",
    )
    add_channel_option(parser)
    add_simulator_option(parser)
    add_recipe_options(parser)

    parser = add_command(
        commands,
        "simulate",
        simulate,
        "simulate label videos and write them as Cell Tracking Challenge ground truth",
        "Without options, one video is simulated with the paper's settings.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "simulator",
        nargs="?",
        type=simulator_kind,
        metavar="KIND",
        help=f"what to simulate: {KINDS}",
    )
    what.add_argument(
        "--preset",
        metavar="NAME",
        help="one of the paper's video sets: hela, microvilli-1-10, "
        "microvilli-1-50, microvilli-5 or microvilli-20",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="output folder for 01_GT, … and recipe.yaml with all settings",
    )
    parser.add_argument(
        "--videos", type=int, help="number of videos (default: the recipe's, or 1)"
    )
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="a YAML recipe")
    parser.add_argument("--seed", type=int, help="random seed")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="changes",
        help="change one setting of the simulator, such as mitoses=10; can be repeated",
    )
    add_shapes_option(parser)


def estimate(options: argparse.Namespace) -> int:
    """Print a recipe with simulator settings fitted to videos."""
    from napari_asist.files import (
        is_own_picture,
        refuse_missing_folder,
        refuse_other_file,
    )
    from napari_asist.progress import show
    from napari_asist.video import open_video
    from napari_asist.workflow.estimate.estimate import estimate_for
    from napari_asist.workflow.estimate.picture import write_estimate_picture
    from napari_asist.workflow.prepared import prepared
    from napari_asist.workflow.recipe import is_recipe, recipe_text, write_recipe
    from napari_asist.workflow.run_folder.folder import RECIPE

    recipe = recipe_from(options, estimates_again=True)
    out = options.out / RECIPE if options.out and options.out.is_dir() else options.out
    picture = options.picture or picture_beside(out)
    # Nobody should wait for an estimate that cannot be saved.
    if out:
        refuse_missing_folder(out)
        refuse_other_file(out, is_recipe, "a recipe")
    if picture:
        refuse_missing_folder(picture)
        refuse_other_file(picture, is_own_picture, "a picture")
    if out and picture and out.resolve() == picture.resolve():
        raise AsistError(f"--out and --picture are both {out}; choose two files.")
    opened = [open_video(path, options.channel) for path in options.videos]
    videos = show(prepared(opened, recipe), options.quiet)
    found, recipe = show(estimate_for(videos, recipe), options.quiet)
    if not options.quiet:
        print(found.summary(), file=sys.stderr)
    if out is None:
        print(recipe_text(recipe), end="")
    else:
        write_recipe(recipe, out)
    if picture:
        write_estimate_picture(found, videos, picture, recipe.scaling)
    return 0


def picture_beside(recipe: Path | None) -> Path | None:
    """Return where to save the picture of an estimate: ``x.png`` for ``x.yaml``."""
    if recipe is None:
        return None
    picture = recipe.with_suffix(".png")
    return picture if picture != recipe else recipe.with_name(recipe.name + ".png")


def simulate(options: argparse.Namespace) -> int:
    """Simulate label videos and write them as CTC folders."""
    from napari_asist.cli.interrupt import stop_on_signals
    from napari_asist.progress import show
    from napari_asist.workflow.annotations import write_preset, writing_annotations

    recipe = None if options.preset else requested_recipe(options)
    with stop_on_signals() as stop:
        if recipe is None:
            refuse_changes(options)
            work = write_preset(options.preset, options.seed or 0, options.out, stop)
        else:
            work = writing_annotations(recipe, options.out, stop)
        folders = show(work, options.quiet)
    print(*folders, sep="\n")
    return 0


def requested_recipe(options: argparse.Namespace) -> "Recipe":
    """Return the recipe with the simulator settings that the options specify."""
    from napari_asist.workflow.recipe import make_recipe, parse_change

    requested = {"kind": options.simulator}
    if options.videos is not None:
        requested["videos"] = options.videos
    elif options.recipe is None:
        requested["videos"] = 1
    changes = [
        {"simulation": requested},
        *(parse_change(f"simulation.{text}") for text in options.changes),
    ]
    if options.seed is not None:
        changes.append({"seed": options.seed})
    return make_recipe(None, options.recipe, changes)


def refuse_changes(options: argparse.Namespace) -> None:
    """Reject options that would change the paper's video sets.

    Raises
    ------
    AsistError
    """
    if options.recipe or options.changes or options.videos is not None:
        raise AsistError(
            f"--preset {options.preset} reproduces a video set of the paper; omit "
            "--recipe, --set and --videos, or name a simulator instead."
        )
