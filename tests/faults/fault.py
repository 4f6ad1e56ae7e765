"""A faulty input: how to make it, the command that reads it, and what it says."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Make = Callable[[Path], list[str]]
"""Makes the input in an empty folder, and returns the arguments of the command."""

OUT = "out"
"""The only name in the folder under which a command may write."""

LEFT_BEHIND = re.compile(
    r".*\.(asist-aside|aside|partial|old|raw|tmp|lock)|\..+\.[0-9a-f]{8}(\.\w+)?"
)
"""Names of files and folders that only work in progress may have."""


@dataclass(frozen=True)
class Fault:
    """One faulty input.

    Parameters
    ----------
    kind : str
        What is faulty, such as ``video``.
    name : str
    make : callable
    says : str
        Regular expression for the message.
    status : int
        2 for wrong usage.
    environment : mapping of str to str
        Variables to set.
    lists : bool
        Whether the command lists the faults on stdout, as ``validate`` does.
    """

    kind: str
    name: str
    make: Make
    says: str
    status: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    lists: bool = False

    def __str__(self) -> str:
        """Return the name that pytest shows."""
        return f"{self.kind}: {self.name}"


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder: the bytes of files, the targets of links."""
    return {str(path.relative_to(folder)): _content(path) for path in _within(folder)}


def _within(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _within(path)


def _content(path: Path) -> bytes:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return b"link to " + os.fsencode(path.readlink())
    if stat.S_ISREG(mode):
        return path.read_bytes()
    return f"kind {stat.S_IFMT(mode)}".encode()
