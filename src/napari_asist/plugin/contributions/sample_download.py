"""Videos of the Cell Tracking Challenge, downloaded once into the user's cache."""

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
"""Seconds without an answer after which a site counts as out of reach."""

CHUNK = 2**16
NOT_SATISFIABLE = 416
"""The answer where the part that is there is the whole already, or of another file."""

_one_at_a_time = threading.Lock()
"""What was canceled ends at its next chunk, and may be asked for again before."""

Tell = Callable[[int, int], None]
"""Receives the bytes that are done and those in all, 0 where the site does not say."""


def fetch_sample(name: str, cache: Path, tell: Tell, stop: StopFlag) -> Path:
    """Return the folder of a sample, downloaded and unzipped if need be.

    A download that ended early goes on where it ended; the folder is whole or not
    there.

    Parameters
    ----------
    name : str
        Of the archive and of the folder in it, such as ``Fluo-N2DL-HeLa``.
    cache : Path
        Receives the folder.
    tell : callable
        Hears of the progress.
    stop : StopFlag

    Raises
    ------
    AsistError
        The site is out of reach, the disk is full, or the archive is damaged.
    Stopped
        When asked to stop.
    """
    with _one_at_a_time:
        folder = cache / name
        if not (folder / "01").is_dir():
            _fetch(name, folder, tell, stop)
    return folder


def _fetch(name: str, folder: Path, tell: Tell, stop: StopFlag) -> None:
    cache = folder.parent
    try:
        # The hash is not known: the challenge publishes none. The sums in the archive
        # are checked when it is unzipped.
        archive = Path(
            pooch.retrieve(
                f"{SITE}/{name}.zip",
                known_hash=None,
                fname=f"{name}.zip",
                path=cache,
                downloader=_Resumed(cache / f"{name}.zip.part", tell, stop),
            )
        )
        _unzip(archive, folder, stop)
    except requests.RequestException as error:
        raise AsistError(_unreachable(name, cache, error)) from error
    except OSError as error:
        reason = error.strerror or error
        advice = (
            "make room there"
            if error.errno == errno.ENOSPC
            else "see that it can be written"
        )
        raise AsistError(
            f"{name} cannot be kept in {cache} ({reason}); {advice}, or choose "
            "another cache folder in the preferences."
        ) from error


class _Resumed:
    """What `pooch` downloads with: goes on with the part that is there.

    Parameters
    ----------
    part : Path
        Kept when the download ends early.
    tell : callable
    stop : StopFlag
    """

    def __init__(self, part: Path, tell: Tell, stop: StopFlag) -> None:
        self._part, self._tell, self._stop = part, tell, stop

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
        # A site that does not know of parts sends the whole.
        done = done if answer.status_code == requests.codes.partial_content else 0
        left = int(answer.headers.get("content-length", 0))
        total = done + left if left else 0
        with self._part.open("ab" if done else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                self._stop.raise_if_set()
                file.write(chunk)
                done += len(chunk)
                self._tell(done, total)
        if done < total:
            raise requests.ConnectionError("The connection was lost.")


def _unzip(archive: Path, folder: Path, stop: StopFlag) -> None:
    """Unzip into a folder beside and rename it, which checks the archive's sums."""
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
            f"{archive.name} arrived damaged and was deleted; open the sample again "
            "to download it anew."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    archive.unlink()


def _unreachable(name: str, cache: Path, error: requests.RequestException) -> str:
    site = SITE.split("/")[2]
    answer = getattr(error, "response", None)
    if answer is not None:
        return (
            f"{site} answers {answer.status_code} for {name}.zip; try again "
            f"later, or unzip the file yourself into {cache}."
        )
    return (
        f"{name} cannot be downloaded because {site} is out of reach; check "
        "the connection to the internet and open the sample again."
    )
