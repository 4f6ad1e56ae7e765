"""Cell Tracking Challenge samples, downloaded from a test server."""

import io
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QApplication, QProgressDialog, QPushButton

from napari_asist.errors import AsistError
from napari_asist.events import StopFlag, Stopped
from napari_asist.plugin.contributions import sample_download
from napari_asist.plugin.contributions import samples as sample_data
from napari_asist.plugin.contributions.progress_dialog import wait_for
from napari_asist.plugin.contributions.sample_download import fetch_sample
from napari_asist.plugin.preferences import Preferences

HELA = "Fluo-N2DL-HeLa"
FRAMES = np.random.default_rng(0).integers(0, 2**16, (4, 200, 300)).astype("u2")


class Site:
    """A server with one archive, which may lose the connection."""

    def __init__(self) -> None:
        self.archive = archive()
        self.breaks_after: int | None = None
        self.waits = threading.Event()
        self.waits.set()
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sets"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.path != f"/sets/{HELA}.zip":
            request.send_error(404)
            return
        asked = request.headers.get("Range", "")
        self.asked.append(asked)
        first = int(asked[6:-1]) if asked else 0
        if asked and first >= len(self.archive):
            request.send_error(416)
            return
        rest = self.archive[first:]
        request.send_response(206 if asked else 200)
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        request.wfile.write(rest[: self.breaks_after])
        self.waits.wait(20)


def archive(name: str = HELA, sequence: str = "01") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as contents:
        for number, frame in enumerate(FRAMES):
            page = io.BytesIO()
            tifffile.imwrite(page, frame)
            path = f"{name}/{sequence}/t{number:03d}.tif"
            contents.writestr(path, page.getvalue())
    return file.getvalue()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()
    threading.Thread(target=site.server.serve_forever, daemon=True).start()
    monkeypatch.setattr(sample_download, "SITE", site.url)
    yield site
    site.waits.set()
    site.server.shutdown()
    site.server.server_close()


def fetch(cache: Path, name: str = HELA) -> Path:
    return fetch_sample(name, cache, lambda *_: None, StopFlag())


def use_cache(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    module = "napari_asist.plugin.preferences.preferences"
    monkeypatch.setattr(module, lambda: Preferences("auto", cache, True))


def test_a_sample_is_downloaded_once_with_progress(site: Site, tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    report = lambda done, total: reported.append((done, total))  # noqa: E731
    folder = fetch_sample(HELA, tmp_path, report, StopFlag())
    assert len(list((folder / "01").iterdir())) == len(FRAMES)
    assert [path.name for path in tmp_path.iterdir()] == [HELA]
    assert reported[-1] == (len(site.archive), len(site.archive))
    assert reported == sorted(reported)
    assert fetch(tmp_path) == folder
    assert site.asked == [""]


def test_a_lost_connection_resumes_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.breaks_after = 100_000
    with pytest.raises(
        AsistError, match="cannot be reached; check the internet connection"
    ):
        fetch(tmp_path)
    assert not (tmp_path / HELA).exists()
    part = tmp_path / f"{HELA}.zip.part"
    done = part.stat().st_size
    assert done > 0
    site.breaks_after = None
    fetch(tmp_path)
    assert site.asked == ["", f"bytes={done}-"]
    assert [path.name for path in tmp_path.iterdir()] == [HELA]


def test_a_partial_file_that_is_too_long_is_downloaded_again(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / f"{HELA}.zip.part").write_bytes(bytes(len(site.archive) + 9))
    assert (fetch(tmp_path) / "01").is_dir()


def torn(whole: bytes) -> bytes:
    """Return an archive with a wrong byte among the pixels."""
    place = len(whole) // 3
    return whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]


@pytest.mark.parametrize(
    "damaged",
    [torn(archive()), archive()[:70_000], b"<html>", archive(sequence="02")],
    ids=["torn", "cut", "no zip", "no sequence"],
)
def test_a_damaged_archive_is_deleted(
    site: Site, tmp_path: Path, damaged: bytes
) -> None:
    site.archive = damaged
    with pytest.raises(AsistError, match="was damaged and has been deleted"):
        fetch(tmp_path)
    assert not list(tmp_path.iterdir())
    site.archive = archive()
    assert (fetch(tmp_path) / "01").is_dir()


def test_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sample_download, "SITE", "http://127.0.0.1:9/sets")
    with pytest.raises(AsistError, match=r"127.0.0.1:9 cannot be reached"):
        fetch(tmp_path)


def test_a_sample_missing_from_the_site(site: Site, tmp_path: Path) -> None:
    with pytest.raises(
        AsistError, match=r"responded with 404 for nothing.zip; try again"
    ):
        fetch(tmp_path, "nothing")


def test_a_full_disk(site: Site, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("the system has no always-full disk")
    (tmp_path / f"{HELA}.zip.part").symlink_to(full)
    with pytest.raises(
        AsistError, match=r"No space left on device.; free up space there"
    ):
        fetch(tmp_path)


def test_a_cache_that_is_not_writable(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AsistError, match=r"cannot be saved in .*preferences"):
        fetch(tmp_path / "file")


def test_canceled_immediately(site: Site, tmp_path: Path) -> None:
    stop = StopFlag()
    stop.stop()
    with pytest.raises(Stopped):
        fetch_sample(HELA, tmp_path, lambda *_: None, stop)
    assert (fetch(tmp_path) / "01").is_dir()


def test_the_sample_opens_in_napari(
    make_napari_viewer_proxy: Any,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    use_cache(monkeypatch, tmp_path)
    notices: list[str] = []
    monkeypatch.setattr(sample_data, "show_info", notices.append)
    viewer = make_napari_viewer_proxy()
    for _ in range(2):
        data, options, kind = sample_data.hela()[0]
        assert (kind, options["name"]) == ("image", f"{HELA} 01")
        assert options["scale"] == (1, 0.645, 0.645)
        layer = viewer.add_image(data, **options)
        np.testing.assert_array_equal(np.asarray(layer.data[2]), FRAMES[2])
    assert hasattr(data, "dask")
    assert site.asked == [""]
    (notice,) = notices
    assert "acknowledge it and cite" in notice


def dialogs() -> list[QProgressDialog]:
    widgets = QApplication.instance().allWidgets()
    return [
        widget
        for widget in widgets
        if isinstance(widget, QProgressDialog) and widget.isVisible()
    ]


def test_the_window_stays_responsive_and_the_download_can_be_canceled(
    make_napari_viewer_proxy: Any, site: Site, tmp_path: Path, qtbot: Any
) -> None:
    make_napari_viewer_proxy()
    site.breaks_after = 150_000
    site.waits.clear()
    texts: list[str] = []

    def look() -> None:
        for dialog in dialogs():
            texts.append(dialog.labelText())
            if dialog.value() > 0:
                (button,) = dialog.findChildren(QPushButton)
                qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    with pytest.raises(Stopped, match="open the sample again to resume"):
        wait_for(partial(fetch_sample, HELA, tmp_path), "HeLa")
    timer.stop()
    assert texts[-1] == "HeLa: 0 of 0 MB"
    assert not dialogs()
    site.breaks_after = None
    site.waits.set()
    folder = wait_for(partial(fetch_sample, HELA, tmp_path), "HeLa")
    assert (folder / "01").is_dir()
    qtbot.wait(50)


def test_errors_reach_the_caller(make_napari_viewer_proxy: Any, qtbot: Any) -> None:
    make_napari_viewer_proxy()

    def fails(error: Exception, *_: Any) -> None:
        time.sleep(0.01)
        raise error

    with pytest.raises(AsistError, match=r"^mine$"):
        wait_for(partial(fails, AsistError("mine")), "…")
    with pytest.raises(AsistError, match=r"unexpected error occurred .bad."):
        wait_for(partial(fails, RuntimeError("bad")), "…")
    qtbot.wait(50)
