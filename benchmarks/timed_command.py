"""A command of napari-asist in a process of its own, with what it takes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from time import perf_counter

RUNNING: list[subprocess.Popen[bytes]] = []
ENDED = Event()
"""Set when all have been asked to end: none may begin after that."""

SPENT = "spent.json"


class CommandFailedError(Exception):
    """The command did not end well; the message is what it said last."""


@dataclass(frozen=True)
class Spent:
    """What a command has taken, added up over all times that it was resumed.

    Parameters
    ----------
    seconds, cpu_seconds : float
        By the clock, and of all processors.
    mib : float
        Largest memory of one of its processes.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    mib: float = 0.0


def run_command(
    arguments: Sequence[str], folder: Path, threads: int | None = None
) -> Spent:
    """Run ``napari-asist`` with some arguments.

    Parameters
    ----------
    arguments : sequence of str
        The command and its options.
    folder : Path
        Receives ``log.txt`` and ``spent.json``.
    threads : int, optional
        Of OpenMP; the environment's by default.

    Raises
    ------
    CommandFailedError
        The command says that it has failed.
    """
    if ENDED.is_set():
        raise CommandFailedError("stopped before it began")
    folder.mkdir(parents=True, exist_ok=True)
    environment: Mapping[str, str] = os.environ
    if threads is not None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    before = _spent(folder)
    began = perf_counter()
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "napari_asist", *arguments],
            stdout=log,
            stderr=log,
            env=environment,
        )
        RUNNING.append(process)
        # It tells what the process and all that it has started have taken.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        RUNNING.remove(process)
    spent = Spent(
        before.seconds + perf_counter() - began,
        before.cpu_seconds + usage.ru_utime + usage.ru_stime,
        max(before.mib, usage.ru_maxrss / 1024),
    )
    (folder / SPENT).write_text(json.dumps(asdict(spent)), encoding="utf-8")
    if process.returncode:
        raise CommandFailedError(_last_line(folder / "log.txt"))
    return spent


def end_all() -> None:
    """Ask all commands that are running to save and to end."""
    ENDED.set()
    for process in RUNNING:
        process.terminate()


def _spent(folder: Path) -> Spent:
    try:
        return Spent(**json.loads((folder / SPENT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Spent()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    told = [line.split("\r")[-1].strip() for line in lines]
    last = next((line for line in reversed(told) if line), "it said nothing")
    return last.split("napari-asist: ")[-1]  # a bar may stand before it
