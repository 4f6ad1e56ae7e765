"""Pixels and frames of a video that are no measurement, and what replaces them.

Stitched, registered and cropped videos are padded with a constant; field stops and
masks leave corners without light; scale bars are burned in; cameras have hot and dead
pixels; and frames are recorded behind a closed shutter, or allocated and never written.
None of this says anything about the sample. It is found once, by what a measurement
always has: noise. Frames without a measurement are left out, and pixels are replaced by
the background around them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom

from napari_asist.events import Progress, Started, Work
from napari_asist.illumination import background_surface
from napari_asist.noise import pixel_noise
from napari_asist.threads import computed_ahead, frame_of, in_threads, readers_of
from napari_asist.video.defective_pixels import (
    defective_lines,
    flashes_in,
    replace_defects,
    steady_defects,
)
from napari_asist.video.masked_areas import (
    LEAST_AREA,
    Frame,
    Mask,
    constant_areas,
    padding_of,
    printed_areas,
)
from napari_asist.video.unlit_areas import unlit_areas

WHOLE = 0.5
"""Fraction of a frame's usual pixels that must be measurements."""

QUIET = 0.7
"""Noise below which a frame may have been recorded without light, as a fraction of the
usual noise."""

FAINT, STANDS_OUT = 0.25, 4.5
"""Contrast of a frame without light: below this fraction of the usual contrast, and
below this many standard deviations of its own noise."""

GRADIENT = 2
"""Degree of the polynomial that describes uneven light; it is extended to where nothing
was measured."""

CELLS, REACH, BACKGROUND = 32, 4, 0.35
"""Number of cells across the field in which the background is measured, how many of
them around a cell are compared, and the quantile of their medians that is the
background between objects."""

THINNED = 4
"""Every such row of a frame is enough to measure its noise."""

SAMPLED = 8
"""Number of frames in which defective pixels and constant areas are searched for."""


@dataclass(frozen=True, eq=False)
class Unmeasured:
    """What a video contains that is no measurement.

    Parameters
    ----------
    frames : tuple of int
        Frames that show nothing, counted from 0.
    regions : ndarray of bool, shape (Y, X)
        Padding, masked corners, burned-in marks, and where no light reaches.
    defects : ndarray of bool, shape (Y, X)
        Hot and dead pixels.
    moves : bool
        Whether the padding differs between frames, as in registered videos.
    flashes : bool
        Whether single pixels flash in single frames, as where cosmic rays hit.
    """

    frames: tuple[int, ...]
    regions: Mask
    defects: Mask
    moves: bool = False
    flashes: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether every pixel is a measurement."""
        is_whole = not (self.regions.any() or self.defects.any())
        return is_whole and not (self.frames or self.moves or self.flashes)

    @property
    def field(self) -> tuple[slice, slice]:
        """The smallest rectangle with all measured pixels: rows and columns."""
        rows, columns = (
            np.flatnonzero(~self.regions.all(axis=axis)) for axis in (1, 0)
        )
        return (
            slice(int(rows[0]), int(rows[-1]) + 1),
            slice(int(columns[0]), int(columns[-1]) + 1),
        )

    def measured_frames(self, count: int) -> NDArray[np.int64]:
        """Return the frames that are measurements, of a video of `count` frames."""
        return np.setdiff1d(np.arange(count), self.frames)

    def summary(self, first_frame: int = 0) -> list[str]:
        """Describe in sentences what was found and what happens to it.

        Parameters
        ----------
        first_frame : int
            Number of the first frame on disk.
        """
        sentences = []
        if self.frames:
            numbers = _ranges([first_frame + time for time in self.frames])
            one = len(self.frames) == 1
            sentences.append(
                f"{'Frame' if one else 'Frames'} {numbers} "
                f"{'shows' if one else 'show'} nothing, as if recorded without light "
                f"or never written; {'it is' if one else 'they are'} left out and "
                f"{'stays' if one else 'stay'} empty in the result. Motion is that "
                "between the frames that remain."
            )
        if self.regions.any():
            sentences.append(
                f"{100 * self.regions.mean():.2g} % of the field is padding, masked or "
                "not lit, without a measurement; nothing is measured or tracked there."
            )
        if self.moves:
            sentences.append(
                "The padding moves from frame to frame; it is replaced by background."
            )
        if self.flashes:
            sentences.append(
                "Single pixels flash in single frames, as where cosmic rays hit; they "
                "are replaced by their neighbors."
            )
        if count := int(self.defects.sum()):
            sentences.append(
                f"{count} hot or dead {'pixel is' if count == 1 else 'pixels are'} "
                f"replaced by {'its' if count == 1 else 'their'} neighbors."
            )
        return sentences

    def mended(self, frame: Frame, time: int) -> Frame:
        """Replace pixels that are no measurement by what surrounds them.

        Parameters
        ----------
        frame : ndarray, shape (Y, X)
        time : int
            Its number, from which the noise is drawn.

        Returns
        -------
        ndarray, shape (Y, X)
            Of the same dtype.
        """
        hidden = self.regions
        if self.moves:
            hidden = hidden | padding_of(frame)
        defects = self.defects
        if self.flashes:
            defects = defects | flashes_in(frame, hidden)
        if hidden.all() or not (hidden.any() or defects.any()):
            return frame
        result = frame.copy()
        if defects.any():
            replace_defects(result, defects, hidden)
        if hidden.any():
            _draw_background(result, hidden, np.random.default_rng(time))
        return result


def finding_unmeasured(frames: Sequence[Frame] | Frame, name: str) -> Work[Unmeasured]:
    """Find what is no measurement; see `find_unmeasured`.

    Parameters
    ----------
    frames : array or sequence of arrays, shape (T, Y, X)
        Numpy or dask; all frames are read once, and a few once more.
    name : str
        Name of the video, for the events.
    """
    stage = f"check {name}"
    count = len(frames)
    yield Started(stage, count)
    noise, is_constant = np.zeros(count), np.zeros(count, bool)
    hidden = np.zeros(count)
    measure = partial(_measured, frames)
    readers = readers_of(frames)
    for time, found in enumerate(computed_ahead(measure, range(count), readers)):
        noise[time], hidden[time], is_constant[time] = found
        yield Progress(stage, time + 1, count)
    # A frame of which only a part was written is no measurement either.
    usual = float(np.median(hidden[~is_constant])) if (~is_constant).any() else 0.0
    is_torn = (1 - hidden) < WHOLE * (1 - usual)
    nothing = is_constant | is_torn
    if not nothing.all():
        nothing |= _without_light(frames, noise, nothing)
    if nothing.all():  # then the video itself is at fault, which its user is told
        nothing[:] = False
    good = np.flatnonzero(~nothing)
    chosen = good[np.linspace(0, len(good) - 1, min(SAMPLED, len(good))).astype(int)]
    sampled = [np.asarray(frames[int(time)]) for time in chosen]
    paddings = np.array(in_threads(padding_of, sampled))
    regions = paddings.mean(axis=0) > WHOLE
    regions |= constant_areas(sampled) | printed_areas(sampled)
    if not regions.all():
        regions |= unlit_areas(sampled, regions)
    if regions.all():
        regions[:] = False
    # Borders of one pixel differ where the padding was interpolated.
    moves = int(np.count_nonzero(paddings.any(axis=0) & ~regions)) > LEAST_AREA
    defects = steady_defects(sampled, regions) | defective_lines(sampled, regions)
    flash = partial(flashes_in, hidden=regions | defects)
    return Unmeasured(
        tuple(np.flatnonzero(nothing).tolist()),
        regions,
        defects,
        moves,
        any(flashes.any() for flashes in in_threads(flash, sampled)),
    )


def _measured(frames: Sequence[Frame] | Frame, time: int) -> tuple[float, float, bool]:
    """Return a frame's noise, its fraction of padding, and whether it is constant."""
    frame = frame_of(frames, time)
    padding = padding_of(frame)
    noise = pixel_noise(frame[::THINNED], ~padding[::THINNED])
    return noise, float(padding.mean()), bool(frame.min() == frame.max())


def _without_light(
    frames: Sequence[Frame] | Frame, noise: NDArray[np.float64], nothing: Mask
) -> Mask:
    """Return the frames in which nothing stands out, and that have less noise."""
    usual = float(np.quantile(noise[~nothing], 0.75))
    quiet = ~nothing & (noise < QUIET * usual)
    found = np.zeros(len(noise), bool)
    lit = np.flatnonzero(~nothing & ~quiet)
    if not quiet.any() or not len(lit):
        return found
    chosen = lit[np.linspace(0, len(lit) - 1, min(SAMPLED, len(lit))).astype(int)]
    usual_contrast = np.median(
        [_contrast(np.asarray(frames[int(time)]))[0] for time in chosen]
    )
    for time in np.flatnonzero(quiet):
        contrast, deviations = _contrast(np.asarray(frames[int(time)]))
        found[time] = contrast < FAINT * usual_contrast and deviations < STANDS_OUT
    return found


def _contrast(frame: Frame) -> tuple[float, float]:
    """Return how far anything stands out, in counts and in deviations of the noise."""
    image = frame.astype(np.float32)
    padding = padding_of(frame)
    if padding.any():
        image[padding] = np.median(image[~padding])
    rows, columns = (side // 2 * 2 for side in image.shape)
    cells = image[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2)
    four = np.sort(cells.swapaxes(1, 2).reshape(rows // 2, columns // 2, 4), axis=-1)
    small = four[..., 1:3].mean(axis=-1)  # without single hot pixels
    smooth = gaussian_filter(small, 1.5) - gaussian_filter(small, 16)
    known = smooth[~padding[:rows:2, :columns:2]]
    known = known - np.median(known)
    low, high = np.quantile(known, (0.0005, 0.9995))
    contrast = max(float(high), -float(low))
    deviation = float(np.median(np.abs(known))) / 0.6745
    return contrast, contrast / max(deviation, float(np.finfo(np.float32).tiny))


def _draw_background(frame: Frame, hidden: Mask, rng: np.random.Generator) -> None:
    """Replace hidden pixels by the background near them, with its noise.

    It is a smooth surface over the field, plus a quantile of what cells around a cell
    have in addition, so that objects, which are rather bright than dark, do not raise
    it.
    """
    side = max(4, min(frame.shape) // CELLS)
    rows, columns = (-(-length // side) for length in frame.shape)
    cells = np.full((rows, columns), np.nan)
    for row in range(rows):
        for column in range(columns):
            part = (
                slice(row * side, (row + 1) * side),
                slice(column * side, (column + 1) * side),
            )
            known = frame[part][~hidden[part]]
            if known.size >= side:
                cells[row, column] = np.median(known)
    if np.isnan(cells).all():
        cells[:] = np.median(frame[~hidden])
    surface = background_surface(cells, GRADIENT, (rows, columns))
    cells -= surface
    padded = np.pad(cells, REACH, constant_values=np.nan)
    window = (2 * REACH + 1, 2 * REACH + 1)
    around = np.lib.stride_tricks.sliding_window_view(padded, window)
    known = ~np.isnan(cells)
    levels = np.zeros(cells.shape)
    levels[known] = np.nanquantile(around[known], BACKGROUND, axis=(-2, -1))
    nearest = distance_transform_edt(
        ~known, return_distances=False, return_indices=True
    )
    levels = surface + gaussian_filter(levels[tuple(nearest)], 1, mode="nearest")
    full = zoom(levels, side, order=1, mode="nearest", grid_mode=True)
    values = full[: frame.shape[0], : frame.shape[1]][hidden]
    values = values + rng.normal(0, pixel_noise(frame, ~hidden), values.shape)
    if np.issubdtype(frame.dtype, np.integer):
        limits = np.iinfo(frame.dtype)
        values = np.clip(np.rint(values), limits.min, limits.max)
    frame[hidden] = values


def _ranges(numbers: list[int]) -> str:
    """Return numbers as text: 0 to 5, 9."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(
        f"{part[0]} to {part[-1]}" if len(part) > 2 else ", ".join(map(str, part))
        for part in parts
    )
