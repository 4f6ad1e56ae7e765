"""Cell Tracking Challenge videos, downloaded once into the user's cache."""

import errno
import shutil
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pooch
import requests

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag

SITE = "http://data.celltrackingchallenge.net/training-datasets"
TIMEOUT = 20
"""Seconds without a response after which a site counts as unreachable."""

CHUNK = 2**16
NOT_SATISFIABLE = 416
"""The response if the partial file is already complete, or belongs to another file."""

_one_at_a_time = threading.Lock()
"""A canceled download ends at its next chunk; it may be requested again before."""

Report = Callable[[int, int], None]
"""Receives the bytes done and the total, 0 if the site does not report it."""


def fetch_sample(name: str, cache: Path, report: Report, stop: StopFlag) -> Path:
    """Return the folder of a sample, downloaded and unzipped if necessary.

    An interrupted download resumes where it stopped; the folder is either complete
    or absent.

    Parameters
    ----------
    name : str
        Name of the archive and of the folder in it, such as ``Fluo-N2DL-HeLa``.
    cache : Path
        Receives the folder.
    report : callable
        Receives the progress.
    stop : StopFlag

    Raises
    ------
    AsistError
        The site is unreachable, the disk is full, or the archive is damaged.
    Stopped
        When asked to stop.
    """
    with _one_at_a_time:
        folder = cache / name
        if not (folder / "01").is_dir():
            _fetch(name, folder, report, stop)
    return folder


def _fetch(name: str, folder: Path, report: Report, stop: StopFlag) -> None:
    cache = folder.parent
    try:
        # No hash: the challenge publishes none. The archive's own checksums are
        # verified when it is unzipped.
        archive = Path(
            pooch.retrieve(
                f"{SITE}/{name}.zip",
                known_hash=None,
                fname=f"{name}.zip",
                path=cache,
                downloader=_Resumed(cache / f"{name}.zip.part", report, stop),
            )
        )
        _unzip(archive, folder, stop)
    except requests.RequestException as error:
        raise AsistError(_unreachable(name, cache, error)) from error
    except OSError as error:
        reason = error.strerror or error
        advice = (
            "free up space there"
            if error.errno == errno.ENOSPC
            else "make sure it is writable"
        )
        raise AsistError(
            f"{name} cannot be saved in {cache} ({reason}); {advice}, or choose "
            "another cache folder in the preferences."
        ) from error


class _Resumed:
    """Downloader for `pooch` that resumes from an existing partial file.

    Parameters
    ----------
    part : Path
        Partial file, kept if the download ends early.
    report : callable
    stop : StopFlag
    """

    def __init__(self, part: Path, report: Report, stop: StopFlag) -> None:
        self._part, self._report, self._stop = part, report, stop

    def __call__(self, url: str, output: str, pooch: object) -> None:
        done = self._part.stat().st_size if self._part.exists() else 0
        headers = {"Range": f"bytes={done}-"} if done else {}
        answer = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT)
        with answer:
            if done and answer.status_code == NOT_SATISFIABLE:
                self._part.unlink()
                self(url, output, pooch)
                return
            answer.raise_for_status()
            self._write(answer, done)
        shutil.move(self._part, output)

    def _write(self, answer: Any, done: int) -> None:
        # A site that does not support ranges sends the whole file.
        done = done if answer.status_code == requests.codes.partial_content else 0
        left = int(answer.headers.get("content-length", 0))
        total = done + left if left else 0
        with self._part.open("ab" if done else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                self._stop.raise_if_set()
                file.write(chunk)
                done += len(chunk)
                self._report(done, total)
        if done < total:
            raise requests.ConnectionError("The connection was lost.")


def _unzip(archive: Path, folder: Path, stop: StopFlag) -> None:
    """Unzip into a temporary folder, which verifies the checksums, and rename it."""
    aside = folder.with_name(f"{folder.name}.partial")
    try:
        with zipfile.ZipFile(archive) as contents:
            for member in contents.infolist():
                stop.raise_if_set()
                contents.extract(member, aside)
        if not (aside / folder.name / "01").is_dir():
            raise zipfile.BadZipFile("It has no folder 01.")
        shutil.rmtree(folder, ignore_errors=True)
        (aside / folder.name).replace(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        archive.unlink()
        raise AsistError(
            f"The download of {archive.name} was damaged and has been deleted; open "
            "the sample again to retry."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    archive.unlink()


def _unreachable(name: str, cache: Path, error: requests.RequestException) -> str:
    site = SITE.split("/")[2]
    answer = getattr(error, "response", None)
    if answer is not None:
        return (
            f"{site} responded with {answer.status_code} for {name}.zip; try again "
            f"later, or unzip the file into {cache} yourself."
        )
    return (
        f"{name} cannot be downloaded because {site} cannot be reached; check "
        "the internet connection and open the sample again."
    )
