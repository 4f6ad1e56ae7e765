"""``view``: open a run in napari."""

import argparse
from importlib.util import find_spec
from pathlib import Path

from napari_asist.cli.options import Commands, add_command


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands, "view", view, "open a run in napari: video, labels and tracks"
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")


def view(options: argparse.Namespace) -> int:
    """Open a run in napari and wait until its window is closed."""
    from napari_asist.errors import AsistError

    if find_spec("napari") is None:
        raise AsistError(
            "napari is not installed; install it with "
            "pip install 'napari-asist[all]' and try again."
        )
    from napari_asist.plugin.contributions.view_run import show_run

    show_run(options.run)
    return 0
