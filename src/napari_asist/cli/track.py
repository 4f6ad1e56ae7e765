"""``track``: apply a trained model to a video."""

import argparse
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
        "track",
        track,
        "segment and track a video with a ready-made or a trained model",
    )
    parser.add_argument("video", type=Path, metavar="VIDEO")
    add_model_option(parser, "the ready-made model that suits the objects")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="output folder for 01_RES and the run card",
    )
    add_channel_option(parser)
    add_recipe_options(parser)


def track(options: argparse.Namespace) -> int:
    """Track one video and write a CTC folder."""
    from napari_asist.cli.interrupt import stop_on_signals
    from napari_asist.progress import show
    from napari_asist.threads import import_ahead
    from napari_asist.video import open_video
    from napari_asist.workflow.apply_model import track_with_model
    from napari_asist.workflow.model import NEEDED_TO_TRACK

    import_ahead(*NEEDED_TO_TRACK)
    model = model_from(options)
    video = open_video(options.video, options.channel)
    with stop_on_signals() as stop:
        work = track_with_model(video, options.channel, model, options.out, stop)
        print(show(work, options.quiet))
    return 0
