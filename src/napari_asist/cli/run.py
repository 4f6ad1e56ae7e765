"""``run``: from microscope videos to tracks."""

import argparse
from pathlib import Path

from napari_asist.cli.options import (
    Commands,
    add_channel_option,
    add_command,
    add_recipe_options,
    add_simulator_option,
    recipe_from,
)

STAGES = ("simulate", "synthesize", "refine", "train", "track")


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "run",
        run,
        "run the whole method on microscope videos",
        "If stopped, run it again with the same options to resume.",
    )
    parser.add_argument(
        "videos",
        nargs="+",
        type=Path,
        metavar="VIDEO",
        help="a TIFF stack, an OME-TIFF, a folder of frames or a CTC sequence; if "
        "there are several videos, the networks learn from all of them, and each is "
        "tracked",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUN", help="the run folder"
    )
    parser.add_argument(
        "--until", choices=STAGES, default=STAGES[-1], help="the last stage to run"
    )
    parser.add_argument(
        "--from",
        choices=("ready-made", "scratch"),
        dest="start",
        help="the weights from which training starts: those of the ready-made model "
        "that suits the objects (default), or random ones",
    )
    add_channel_option(parser)
    add_simulator_option(parser)
    add_recipe_options(parser)
    parser.set_defaults(trains_together=True)


def run(options: argparse.Namespace) -> int:
    """Run the whole method or its first stages."""
    from napari_asist.cli.interrupt import stop_on_signals
    from napari_asist.progress import show
    from napari_asist.workflow.run import run_stages
    from napari_asist.workflow.run_folder.claim import refuse_other_folder

    # A recipe in somebody's own folder is not that of a run.
    refuse_other_folder(options.out)
    stages = STAGES[: STAGES.index(options.until) + 1]
    if options.start:
        options.changes = [f"depth.start={options.start}", *options.changes]
    recipe = recipe_from(options, run=options.out)
    with stop_on_signals() as stop:
        work = run_stages(
            options.videos, recipe, options.out, stop, options.channel, stages
        )
        result = show(work, options.quiet)
    print(result if options.until == STAGES[-1] else options.out)
    return 0
