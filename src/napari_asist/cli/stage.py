"""Single stages of a run folder: ``synthesize``, ``refine``, ``train``."""

import argparse
from pathlib import Path

from napari_asist.cli.options import (
    Commands,
    add_command,
    add_recipe_options,
    recipe_from,
)

ALONE = {
    "synthesize": "fit the virtual microscope or train the generators of a run",
    "refine": "make the training videos of a run, with refined labels",
    "train": "train the network of a run, which outlines and tracks objects",
}


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    for name, summary in ALONE.items():
        parser = add_command(commands, name, run_alone, summary)
        parser.add_argument(
            "run", type=Path, metavar="RUN", help="a folder made by napari-asist run"
        )
        add_recipe_options(parser, with_preset=False)
        parser.set_defaults(stage=name, trains_together=True)


def run_alone(options: argparse.Namespace) -> int:
    """Run one stage of a run folder."""
    from napari_asist.cli.interrupt import stop_on_signals
    from napari_asist.progress import show
    from napari_asist.workflow.run import run_stages
    from napari_asist.workflow.run_folder.record import recorded_videos

    videos, channel = recorded_videos(options.run)
    recipe = recipe_from(options, run=options.run)
    with stop_on_signals() as stop:
        work = run_stages(videos, recipe, options.run, stop, channel, [options.stage])
        show(work, options.quiet)
    print(options.run)
    return 0
