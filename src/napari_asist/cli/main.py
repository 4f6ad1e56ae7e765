"""Parse the command line, run a command and turn errors into one line."""

import argparse
import errno
import io
import logging
import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from napari_asist import __version__
from napari_asist.cli import batch, demo, run, score, simulate, stage, track, view
from napari_asist.cli.interrupt import Interrupted
from napari_asist.errors import AsistError
from napari_asist.events import Stopped
from napari_asist.training.ranks import Ranks, ranks_of_environment

COMMANDS = (demo, run, simulate, stage, track, batch, score, view)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The process's own arguments if omitted.

    Returns
    -------
    int
        0 if the job is done, 1 if it failed, 130 or 143 if it was stopped by Ctrl-C or
        SIGTERM. Wrong usage exits with status 2.
    """
    # Threads that sleep leave the cores to other processes: next to other work, small
    # networks then train several times faster. The variable is read when a command
    # loads torch.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Pictures are only drawn to files, whatever a notebook has set.
    os.environ["MPLBACKEND"] = "agg"
    _open_closed_streams()
    options = make_parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files need not be valid text; print their bytes.
        sys.stdout.reconfigure(errors="surrogateescape")
    # Without a home folder, it would advise to set a variable.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        _check_threads()
        _load_shapes(options)
        with _one_of_several(options):
            status: int = options.command(options)
        return status
    except Interrupted as interrupted:
        return _stopped(str(interrupted), interrupted.status)
    except KeyboardInterrupt:
        return _stopped("Stopped at once; run the same command to continue.", 130)
    except Stopped as stopped:
        return _stopped(str(stopped), 1)
    except AsistError as error:
        return _failed(str(error), 1)
    except OSError as error:
        return _failed(_failed_file(error), 1)
    except MemoryError:
        return _failed(_out_of_memory(options), 1)
    except Exception as error:
        if _is_out_of_memory(error):
            return _failed(_out_of_memory(options), 1)
        return _failed(_unforeseen(error), 1)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; imports nothing heavy."""
    parser = argparse.ArgumentParser(
        prog="napari-asist",
        description="Segment and track the objects of a microscope video without "
        "annotations: simulate labels, learn to render them as images, train on these "
        "images, and track the video.",
        epilog="Run napari-asist COMMAND --help for the options of a command.",
    )
    parser.add_argument(
        "--version", action="version", version=f"napari-asist {__version__}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add_to(commands)
    return parser


@contextmanager
def _one_of_several(options: argparse.Namespace) -> Iterator[None]:
    """Silence all but the first of torchrun's processes, except for errors."""
    mine = ranks_of_environment()
    if mine.size > 1 and not getattr(options, "trains_together", False):
        raise AsistError(
            "torchrun works only with the commands run, synthesize, refine and train; "
            "run this command without it."
        )
    if mine.is_first:
        yield
        return
    options.quiet = True
    with redirect_stdout(None):
        yield


def _open_closed_streams() -> None:
    """Let what is written to closed streams vanish, as in jobs without a terminal.

    Otherwise the next file to be opened would take their place, and messages would end
    up in it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - stays open


def _check_threads() -> None:
    """Raise an error if numba would refuse the number of threads that it is given."""
    value = os.environ.get("NUMBA_NUM_THREADS", "")
    with suppress(ValueError):  # of which numba only warns
        if int(value) < 1:
            raise AsistError(
                f"The variable NUMBA_NUM_THREADS is {value}; set it to 1 or more, or "
                "unset it."
            )


def _load_shapes(options: argparse.Namespace) -> None:
    if files := getattr(options, "shapes", None):
        from napari_asist.simulation.shapes.load import load_shapes

        for file in files:
            load_shapes(file)


CURES = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some of your space on that disk",
    errno.ENOENT: "check that its folder still exists and that its disk is connected",
    errno.EIO: "check that its disk is connected and intact",
    errno.ESTALE: "check that its disk is connected",
    errno.ENOTCONN: "check that its disk is connected",
    errno.EROFS: "choose a folder that can be written to",
    errno.EACCES: "check the permissions of that file and its folder",
    errno.EPERM: "check the permissions of that file and its folder",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
"""What to do about errors of the system."""


def _failed_file(error: OSError) -> str:
    """Return which file failed, why, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    reason = f"{where}{error.strerror or error}"
    if cure := CURES.get(error.errno or 0):
        return f"{reason}; {cure}, then run the same command again."
    return f"{reason}."


def _unforeseen(error: Exception) -> str:
    """Write the traceback to a log file, and say where it is."""
    what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".rstrip(": ")
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="napari-asist-",
            suffix=".log",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as log:
            log.write(f"napari-asist {__version__}, {platform.platform()}\n")
            log.write(f"{shlex.join(sys.argv)}\n")
            log.writelines(traceback.format_exception(error))
    except OSError:
        return f"Unexpected error ({what}); please report it with what you did."
    return (
        f"Unexpected error ({what}). The details are in {log.name}; please report it "
        "and attach that file."
    )


def _out_of_memory(options: argparse.Namespace) -> str:
    videos = getattr(options, "videos", None) or [getattr(options, "video", None)]
    named = ", ".join(str(video) for video in videos if video)
    advice = "choose smaller patches or shorter windows"
    if named:
        advice = f"crop the frames of {named}, close other programs, or {advice}"
    return f"Out of memory; {advice}."


def _is_out_of_memory(error: Exception) -> bool:
    """Return whether PyTorch ran out of GPU memory or of main memory."""
    return type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(
        error
    )


def _stopped(message: str, status: int) -> int:
    """Report only once that all processes were stopped together."""
    return _failed(message, status) if _rank().is_first else status


def _rank() -> Ranks:
    try:
        return ranks_of_environment()
    except AsistError:
        return Ranks()


def _failed(message: str, status: int) -> int:
    """Report why this process failed, as the others may not have failed."""
    mine = _rank()
    who = "napari-asist" if mine.is_first else f"napari-asist, rank {mine.rank}"
    line = f"{who}: {' '.join(message.split())}"
    # Names of files need not be valid text.
    printable = line.encode("utf-8", "backslashreplace").decode("utf-8")
    print(printable, file=sys.stderr)
    return status
