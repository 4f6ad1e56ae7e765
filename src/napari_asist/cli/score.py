"""``evaluate`` and ``validate``."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from napari_asist.cli.options import Commands, add_command
from napari_asist.errors import AsistError

if TYPE_CHECKING:
    from napari_asist.evaluation import Scores


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    parser = add_command(
        commands,
        "evaluate",
        evaluate,
        "score a result against ground truth: DET, SEG, TRA and more",
    )
    parser.add_argument("truth", type=Path, metavar="GT", help="a 01_GT folder")
    parser.add_argument("result", type=Path, metavar="RES", help="a 01_RES folder")
    parser.add_argument(
        "--margin",
        type=int,
        default=0,
        metavar="PX",
        help="ignore objects that are entirely within this distance of the frame's "
        "edge, as the challenge does (25 for HeLa)",
    )
    parser.add_argument(
        "--segmentation",
        type=Path,
        metavar="DIR",
        help="use the SEG masks from another folder, such as 01_ST",
    )
    parser.add_argument(
        "--errors",
        type=Path,
        metavar="FILE.csv",
        help="write a list of errors with kind, frame, labels and position",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")

    parser = add_command(
        commands,
        "validate",
        validate,
        "check a CTC folder and list every error with its frame and label",
    )
    parser.add_argument(
        "folder", type=Path, metavar="RES", help="a 01_RES or 01_GT folder"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def evaluate(options: argparse.Namespace) -> int:
    """Print the scores of a result."""
    from napari_asist.evaluation import evaluating, score_table
    from napari_asist.progress import show

    if options.errors:
        scores = _list_errors(options)
    else:
        work = evaluating(
            options.truth, options.result, options.margin, options.segmentation
        )
        scores = show(work, options.quiet)
    if options.json:
        print(json.dumps(scores.as_dict(), indent=1))
    else:
        print(score_table({options.result.name: scores}))
    return 0


def _list_errors(options: argparse.Namespace) -> "Scores":
    """Write the list of errors and return the scores."""
    from napari_asist.ctc import read_ctc
    from napari_asist.evaluation.compare import comparing
    from napari_asist.evaluation.errors import write_errors
    from napari_asist.files import refuse_missing_folder
    from napari_asist.progress import show

    refuse_missing_folder(options.errors)
    result = read_ctc(options.result)
    work = comparing(options.truth, result, options.margin, options.segmentation)
    comparison = show(work, options.quiet)
    try:
        write_errors(comparison.errors, options.errors, result.first_frame)
    except OSError as error:
        raise AsistError(
            f"{options.errors} could not be written: {error.strerror}."
        ) from error
    return comparison.scores


def validate(options: argparse.Namespace) -> int:
    """Print the faults of a folder; return 1 if there are any."""
    from napari_asist.ctc import validating
    from napari_asist.progress import show

    faults = show(validating(options.folder), options.quiet)
    if options.json:
        listed = [
            {"frame": fault.frame, "label": fault.label, "message": fault.message}
            for fault in faults
        ]
        print(json.dumps({"valid": not faults, "faults": listed}, indent=1))
    else:
        lines = [str(fault) for fault in faults]
        print(*lines or [f"{options.folder} is valid."], sep="\n")
    return 1 if faults else 0
