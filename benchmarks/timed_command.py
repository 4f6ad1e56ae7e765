"""A napari-asist command in a separate process, with the time and memory it takes."""

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
"""Set when all commands are requested to end; none may start after that."""

SPENT = "spent.json"


class CommandFailedError(Exception):
    """The command failed; the message is its last line of output."""


@dataclass(frozen=True)
class Spent:
    """Time and memory used by a command, summed over all resumed runs.

    Parameters
    ----------
    seconds, cpu_seconds : float
        Elapsed time, and CPU time of all processors.
    mib : float
        Peak memory of its largest process.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    mib: float = 0.0


def run_command(
    arguments: Sequence[str], folder: Path, threads: int | None = None
) -> Spent:
    """Run ``napari-asist`` with the given arguments.

    Parameters
    ----------
    arguments : sequence of str
        The command and its options.
    folder : Path
        Receives ``log.txt`` and ``spent.json``.
    threads : int, optional
        OpenMP threads; the environment's by default.

    Raises
    ------
    CommandFailedError
        If the command fails.
    """
    if ENDED.is_set():
        raise CommandFailedError("stopped before it started")
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
        # Reports the usage of the process and of all its child processes.
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
    """Request all running commands to save and end."""
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
    messages = [line.split("\r")[-1].strip() for line in lines]
    last = next((line for line in reversed(messages) if line), "no output")
    return last.split("napari-asist: ")[-1]  # a progress bar may precede it
