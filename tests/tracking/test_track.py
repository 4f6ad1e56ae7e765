from pathlib import Path

import dask.array
import numpy as np
import pytest
import tifffile
from cases import CASES
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from synthetic_embeddings import Unscaled, video_and_embedder

from napari_asist.errors import AsistError
from napari_asist.events import Event, Finished, Progress, Started, result_of
from napari_asist.labels import LabelVideo
from napari_asist.tracking.segmentation.regions import overlaps
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.tracking.track import track_video

SETTINGS = TrackingSettings()
Labels = NDArray[np.unsignedinteger]


def tracked(
    labels: Labels, settings: TrackingSettings = SETTINGS, noise: float = 0.05
) -> LabelVideo:
    """Track a video from a noisy embedding of its own labels."""
    frames, embed = video_and_embedder(labels, noise=noise)
    return result_of(track_video(frames, embed, Unscaled(), settings)).checked()


def names_of(truth: Labels, found: Labels) -> dict[int, set[int]]:
    """Return the labels that each ground truth object has in the result."""
    names: dict[int, set[int]] = {}
    for one, other in zip(truth, found, strict=True):
        pairs = overlaps(one, other)
        for index in np.flatnonzero(pairs.iou > 0.5):
            names.setdefault(int(pairs.first[index]), set()).add(
                int(pairs.second[index])
            )
    return names


def assert_one_to_one(truth: Labels, found: LabelVideo) -> None:
    names = names_of(truth, found.labels)
    assert set(names) == set(np.unique(truth)) - {0}
    assert all(len(own) == 1 for own in names.values())
    assert len(set.union(set(), *names.values())) == len(found.tracks) == len(names)


@pytest.mark.parametrize(
    "name", ["good", "touching", "one_frame", "empty_frame", "at_the_border"]
)
def test_catalog_is_tracked(name: str) -> None:
    truth = CASES[name]().labels
    found = tracked(truth, SETTINGS.changed(minimum_length=1))
    assert_one_to_one(truth, found)
    assert found.labels.dtype == np.uint16
    assert_array_equal(found.tracks["label"], 1 + np.arange(len(found.tracks)))


def test_a_video_without_objects_has_no_tracks() -> None:
    assert not len(tracked(np.zeros((4, 40, 48), np.uint16)).tracks)


def test_a_division_has_a_parent_with_two_children() -> None:
    video = CASES["division"]()
    found = tracked(video.labels)
    assert_one_to_one(video.labels, found)
    children = found.tracks[found.tracks["parent"] > 0]
    assert len(children) == 2
    assert children["begin"].tolist() == [2, 2]
    assert_array_equal(found.children(int(children["parent"][0])), children["label"])


def test_a_division_whose_daughter_keeps_the_mothers_embedding() -> None:
    labels = CASES["division"]().labels.copy()
    labels[labels == 3] = 1
    found = tracked(labels)
    assert len(found.tracks) == 4
    assert (found.tracks["parent"] > 0).sum() == 2


def test_both_daughters_with_the_mothers_embedding_divide() -> None:
    labels = CASES["division"]().labels.copy()
    labels[(labels == 2) | (labels == 3)] = 1
    found = tracked(labels)
    assert len(found.tracks) == 4
    children = found.tracks[found.tracks["parent"] > 0]
    assert children["begin"].tolist() == [2, 2]


def test_crossing_sticks_keep_their_tracks() -> None:
    labels = np.zeros((8, 50, 60), np.uint16)
    for time, frame in enumerate(labels):
        frame[5 + 4 * time : 10 + 4 * time, 10:50] = 1
        frame[5:45, 28:33] = 2
    found = tracked(labels, SETTINGS.changed(division_balance=0.9))
    upright = names_of(labels, found.labels)[2]
    assert len(upright) == 1


def test_an_object_that_leaves_and_returns() -> None:
    labels = CASES["good"]().labels.copy()
    labels = np.concatenate([labels, labels[::-1], labels])
    labels[4:8][labels[4:8] == 1] = 0
    found = tracked(labels)
    assert len(names_of(labels, found.labels)[1]) == 2
    assert len(names_of(labels, found.labels)[2]) == 1


@pytest.mark.parametrize("n_frames", [1, 2, 3, 7, 8, 9])
def test_videos_around_the_windows_length(n_frames: int) -> None:
    labels = np.zeros((n_frames, 40, 40), np.uint16)
    labels[:, 8:20, 8:20] = 1
    labels[:, 20:34, 10:30] = 2
    found = tracked(labels)
    assert_one_to_one(labels, found)
    assert found.tracks["end"].tolist() == [n_frames - 1] * 2


def test_one_object_that_fills_the_frame() -> None:
    labels = np.ones((3, 48, 64), np.uint16)
    found = tracked(labels)
    assert_array_equal(found.labels, 1)


@pytest.mark.parametrize("kept", [2, 3, 5])
def test_longer_pieces_give_the_same_tracks(kept: int) -> None:
    labels = CASES["division"]().labels
    assert_one_to_one(labels, tracked(labels, SETTINGS.changed(kept=kept)))


def test_an_untrained_network_gives_a_valid_video() -> None:
    frames = np.zeros((5, 40, 44), np.float32)

    def embed(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        rng = np.random.default_rng(0)
        raw = rng.normal(size=(len(clip), 16, *clip.shape[1:])).astype(np.float32)
        raw[:, :, ::7] = raw[:, :, :1]
        return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True))

    settings = SETTINGS.changed(minimum_size=1)
    assert result_of(track_video(frames, embed, Unscaled(), settings)).faults() == []


def test_events_report_progress() -> None:
    labels = CASES["good"]().labels
    frames, embed = video_and_embedder(labels)
    seen: list[Event] = []
    work = track_video(
        dask.array.from_array(frames), embed, Unscaled(), SETTINGS, first_frame=150
    )
    assert result_of(work, seen.append).first_frame == 150
    assert seen[0] == Started("track", 4)
    assert [event.done for event in seen if isinstance(event, Progress)] == [2, 3, 4]
    assert isinstance(seen[-1], Finished)


def test_same_seed_same_tracks() -> None:
    labels = CASES["division"]().labels
    one, other = tracked(labels, noise=0.2), tracked(labels, noise=0.2)
    assert_array_equal(one.labels, other.labels)
    assert_array_equal(one.tracks, other.tracks)


def test_labels_on_the_disk_are_those_in_memory(tmp_path: Path) -> None:
    labels = CASES["division"]().labels
    frames, embed = video_and_embedder(labels)
    kept = result_of(
        track_video(frames, embed, Unscaled(), SETTINGS, scratch=tmp_path / "scratch")
    )
    assert isinstance(kept.labels, np.memmap)
    assert (tmp_path / "scratch" / "labels-uint16.raw").exists()
    held = tracked(labels)
    assert_array_equal(kept.labels, held.labels)
    assert_array_equal(kept.tracks, held.tracks)


@pytest.mark.parametrize("shape", [(0, 10, 10), (10, 10), (2, 3, 10, 10)])
def test_other_axes_are_rejected(shape: tuple[int, ...]) -> None:
    with pytest.raises(AsistError, match="axes"):
        result_of(track_video(np.zeros(shape), lambda clip: clip, Unscaled(), SETTINGS))


def test_the_structure_of_a_real_video(data: Path) -> None:
    folder = data / "Fluo-N2DL-HeLa" / "01_ST" / "SEG"
    if not folder.is_dir():
        pytest.skip("the data folder has no silver truth of Fluo-N2DL-HeLa")
    files = sorted(folder.glob("*.tif"))[80:83]
    truth = np.stack([tifffile.imread(file)[100:400, 300:700] for file in files])
    found = tracked(truth)
    for one, other in zip(truth, found.labels, strict=True):
        size = np.bincount(one.ravel())
        pairs = overlaps(one, other)
        matched = pairs.where(pairs.shared > 0.5 * size[pairs.first])
        assert len(np.unique(matched.second)) == len(matched.second)  # no merges
        large = np.flatnonzero(size[1:] > SETTINGS.minimum_size) + 1
        assert len(np.intersect1d(large, matched.first)) >= 0.95 * len(large)
        assert matched.iou.mean() > 0.97
