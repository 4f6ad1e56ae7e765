from pathlib import Path

import dask.array as da
import numpy as np

from napari_asist.events import Finished, Progress, Started, result_of
from napari_asist.workflow.run_folder.fingerprint import (
    differences,
    hash_folder,
    hash_frames,
)


def folder_with(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / name).write_text(text)
    return path


def test_a_folders_hash_depends_on_names_and_contents(tmp_path: Path) -> None:
    digest = hash_folder(folder_with(tmp_path / "a", x="1", y="2"))
    assert len(digest) == 64
    assert hash_folder(folder_with(tmp_path / "b", y="2", x="1")) == digest
    assert hash_folder(folder_with(tmp_path / "c", x="2", y="1")) != digest
    assert hash_folder(folder_with(tmp_path / "d", x="1", z="2")) != digest
    assert hash_folder(folder_with(tmp_path / "e", x="12", y="")) != digest


def test_a_videos_hash_depends_on_its_pixels() -> None:
    frames = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    digest = result_of(hash_frames(frames, "video"))
    assert result_of(hash_frames(da.from_array(frames), "other name")) == digest
    assert result_of(hash_frames(frames.reshape(2, 4, 3), "video")) != digest
    assert result_of(hash_frames(frames.astype(np.uint32), "video")) != digest
    frames[1, 2, 3] += 1
    assert result_of(hash_frames(frames, "video")) != digest


def test_hashing_reports_its_progress() -> None:
    events = list(hash_frames(np.zeros((2, 3, 4)), "video"))
    assert events[:3] == [
        Started("read video", 2),
        Progress("read video", 1, 2),
        Progress("read video", 2, 2),
    ]
    assert isinstance(events[3], Finished)


def test_differences_are_named_by_their_path() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "seed": 0, "gone": 1}
    new = {"a": {"b": 2, "c": [1, 2]}, "seed": 0, "new": 3}
    assert list(differences(old, new)) == [
        ("a.b", 1, 2),
        ("gone", 1, None),
        ("new", None, 3),
    ]
