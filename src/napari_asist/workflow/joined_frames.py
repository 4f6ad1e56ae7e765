"""The frames of several videos as one sequence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from napari_asist.resampling import ResampledFrames, resampled, standard_shape

if TYPE_CHECKING:
    from napari_asist.video import Video


class JoinedFrames(Sequence[NDArray[np.generic]]):
    """The frames of several videos one after the other, read on demand.

    Parameters
    ----------
    videos : sequence of array, shape (T, Y, X)
        Numpy or dask; their frames may differ in size.
    shape : tuple of int, optional
        Height and width to which frames are cropped at the bottom and right.
    """

    def __init__(
        self,
        videos: Sequence[NDArray[np.generic]],
        shape: tuple[int, int] | None = None,
    ) -> None:
        self._videos = list(videos)
        self._shape = shape
        self._first = np.cumsum([0, *(len(video) for video in videos)])

    def __len__(self) -> int:
        """Return the number of frames of all videos."""
        return int(self._first[-1])

    @overload
    def __getitem__(self, index: int) -> NDArray[np.generic]: ...
    @overload
    def __getitem__(self, index: slice) -> list[NDArray[np.generic]]: ...
    def __getitem__(
        self, index: int | slice
    ) -> NDArray[np.generic] | list[NDArray[np.generic]]:
        """Return one frame, or the frames of a slice."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        video = int(np.searchsorted(self._first, number, side="right")) - 1
        frame = np.asarray(self._videos[video][number - int(self._first[video])])
        if self._shape is None:
            return frame
        return frame[: self._shape[0], : self._shape[1]]

    def cropped(self) -> "JoinedFrames":
        """Return the same frames, cropped to their common size."""
        height = min(video.shape[1] for video in self._videos)
        width = min(video.shape[2] for video in self._videos)
        return JoinedFrames(self._videos, (height, width))


def at_scale(frames: Any, factor: float) -> Any:
    """Return frames resampled by a factor, or unchanged if it is 1.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy, dask or `JoinedFrames`.
    factor : float
        See `napari_asist.resampling.scale_factor`.
    """
    return frames if factor == 1 else ResampledFrames(frames, factor)


def hidden_pixels(
    videos: "Sequence[Video]", factor: float
) -> list[NDArray[np.bool_]] | None:
    """Return the pixels of each joined frame that are no measurement, if any.

    Parameters
    ----------
    videos : sequence of Video
    factor : float
        Scale of the frames; see `at_scale`.

    Returns
    -------
    list of ndarray of bool, shape (Y, X), or None
        The frames of a video share one array.
    """
    hidden = [_hidden(video) for video in videos]
    if not any(mask.any() for mask in hidden):
        return None
    height, width = joined(videos)[0].shape
    shape = standard_shape((height, width), factor)
    masks: list[NDArray[np.bool_]] = []
    for video, mask in zip(videos, hidden, strict=True):
        cropped = mask[:height, :width].astype(np.float32)
        masks += [resampled(cropped, shape) > 0.5] * len(video)
    return masks


def _hidden(video: "Video") -> NDArray[np.bool_]:
    """Return what is hidden in all frames; padding that moves hides little of most."""
    none = np.zeros(video.frames.shape[1:], bool)
    if video.recorded is None or video.recorded.unmeasured.moves:
        return none
    return none if video.hidden is None else video.hidden


def joined(videos: "Sequence[Video]") -> JoinedFrames:
    """Return the frames of all videos, cropped to their common size."""
    return JoinedFrames([video.frames for video in videos]).cropped()
