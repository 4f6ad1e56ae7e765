from itertools import pairwise

import dask.array
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from synthetic_embeddings import Unscaled, video_and_embedder

from napari_asist.errors import AsistError
from napari_asist.tracking.segmentation.regions import overlaps
from napari_asist.tracking.segmentation.windows import Window, pieces, plan_windows
from napari_asist.tracking.settings import TrackingSettings

SETTINGS = TrackingSettings(window=4, kept=2)


def moving_squares(n_frames: int) -> NDArray[np.uint16]:
    labels = np.zeros((n_frames, 50, 60), np.uint16)
    for time, frame in enumerate(labels):
        frame[10:22, 5 + time : 17 + time] = 1
        frame[25:40, 20 + time : 35 + time] = 2
    return labels


def test_windows_end_where_their_pieces_end() -> None:
    plan = plan_windows(6, SETTINGS)
    assert plan == [
        Window((0, 4), (0, 2)),
        Window((0, 4), (1, 3)),
        Window((0, 4), (2, 4)),
        Window((1, 5), (3, 5)),
        Window((2, 6), (4, 6)),
    ]


@pytest.mark.parametrize("kept", [2, 3, 4])
@pytest.mark.parametrize("n_frames", range(1, 12))
def test_pieces_cover_the_video_and_share_one_frame(n_frames: int, kept: int) -> None:
    plan = plan_windows(n_frames, SETTINGS.changed(kept=kept))
    assert plan[0].kept[0] == 0
    assert plan[-1].kept[1] == n_frames
    for before, after in pairwise(plan):
        assert after.kept[0] == before.kept[1] - 1
    for window in plan:
        assert window.embedded[0] <= window.kept[0]
        assert window.kept[1] <= window.embedded[1] <= n_frames
        assert window.embedded[1] - window.embedded[0] <= 4


def test_each_window_is_embedded_once() -> None:
    labels = moving_squares(6)
    frames, embed = video_and_embedder(labels)
    clips = []

    def counted(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        clips.append([int(frame[0, 0]) for frame in clip])
        return embed(clip)

    found = list(pieces(frames, counted, Unscaled(), SETTINGS))
    assert clips == [[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]
    assert [piece.first for piece in found] == [0, 1, 2, 3, 4]
    for piece in found:
        truth = labels[piece.first : piece.first + 2]
        assert (overlaps(truth, piece.labels).iou > 0.9).all()
        assert piece.labels.max() == 2


def test_a_dask_video_gives_the_same_pieces() -> None:
    frames, embed = video_and_embedder(moving_squares(5))
    lazy = dask.array.from_array(frames, chunks=(1, 50, 60))
    for one, other in zip(
        pieces(frames, embed, Unscaled(), SETTINGS),
        pieces(lazy, embed, Unscaled(), SETTINGS),
        strict=True,
    ):
        assert_array_equal(one.labels, other.labels)


def test_tiles_give_the_objects_of_the_whole_frame() -> None:
    labels = moving_squares(3)
    frames, _ = video_and_embedder(labels)
    frames += np.arange(60) / 128 + (np.arange(50) / 8192)[:, None]

    def embed(clip: NDArray[np.float32]) -> NDArray[np.float32]:
        time = np.floor(clip[:, 0, 0]).astype(int)
        column = int((clip[0, 0, 0] % 1) * 128)
        row = round(float((clip[0, 0, 0] * 128) % 1) * 64)
        part = labels[time][:, row : row + clip.shape[1], column:][
            :, :, : clip.shape[2]
        ]
        return video_and_embedder(part)[1](np.zeros_like(clip) + time[:, None, None])

    settings = SETTINGS.changed(tile=32, overlap=16)
    for piece in pieces(frames, embed, Unscaled(), settings):
        truth = labels[piece.first : piece.first + 2]
        assert piece.labels.max() == 2
        assert (overlaps(truth, piece.labels).iou > 0.9).all()


def test_an_embedding_of_a_wrong_shape_is_rejected() -> None:
    frames = np.zeros((3, 20, 20), np.float32)
    with pytest.raises(AsistError, match="not \\(T, D, Y, X\\)"):
        list(pieces(frames, lambda clip: clip, Unscaled(), SETTINGS))
