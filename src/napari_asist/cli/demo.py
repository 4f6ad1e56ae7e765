"""``demo``: the whole method on a video rendered by the virtual microscope."""

import argparse
import os
from pathlib import Path

from napari_asist.cli.options import Commands, add_command

OUT = Path("napari-asist-demo")


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "demo",
        demo,
        "run the whole method on a video from the virtual microscope and score the "
        "result",
        "Takes a few minutes on two cores. If stopped, run it again to resume.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=OUT,
        metavar="DIR",
        help=f"folder for video, ground truth, run and picture (default: ./{OUT})",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.NAME=VALUE",
        dest="changes",
        help="change one setting of the recipe; can be repeated",
    )


def demo(options: argparse.Namespace) -> int:
    """Render a video, run the method on it and print the scores."""
    # The demo's networks are so small that a second thread slows them down:
    # 5 steps/s with two threads, 7 with one. The variable is read when torch is loaded,
    # below.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from napari_asist.cli.interrupt import stop_on_signals
    from napari_asist.evaluation import score_table
    from napari_asist.progress import show
    from napari_asist.workflow.demo import run_demo
    from napari_asist.workflow.recipe import make_recipe, parse_change

    changes = [{"seed": options.seed}, *map(parse_change, options.changes)]
    recipe = make_recipe("demo", changes=changes)
    with stop_on_signals() as stop:
        demo = show(run_demo(options.out, recipe, stop), options.quiet)
    print(score_table({"demo": demo.scores}))
    print(f"tracks    {demo.result}")
    print(f"picture   {demo.overview}")
    return 0
