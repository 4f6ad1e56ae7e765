"""``batch``: apply one model to all videos of a folder."""

import argparse
import sys
from pathlib import Path

from napari_asist.cli.options import (
    Commands,
    add_channel_option,
    add_command,
    add_model_option,
    add_recipe_options,
    model_from,
)


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "batch",
        batch,
        "track all videos of a folder with one model",
        "Videos that are already tracked are skipped, and those that failed are tried "
        "again.",
    )
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="with TIFF stacks, or folders of frames",
    )
    add_model_option(parser, "the ready-made model that suits each video")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="output folder: a folder for each video, and tracks.csv of all",
    )
    add_channel_option(parser)
    add_recipe_options(parser)


def batch(options: argparse.Namespace) -> int:
    """Track each video, and list those that failed at the end."""
    from napari_asist.cli.interrupt import stop_on_signals
    from napari_asist.progress import show
    from napari_asist.workflow.batch import TABLE, tracking_batch, videos_in

    videos = videos_in(options.folder)
    model = model_from(options)
    with stop_on_signals() as stop:
        work = tracking_batch(videos, options.channel, model, options.out, stop)
        failures = show(work, options.quiet)
    print(options.out / TABLE)
    for failure in failures:
        print(f"{failure.video}: {failure.why}", file=sys.stderr)
    if failures:
        print(
            f"{len(failures)} of {len(videos)} videos were not tracked; run the same "
            "command to try them again.",
            file=sys.stderr,
        )
    return 1 if failures else 0
