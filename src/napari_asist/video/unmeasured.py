"""Pixels and frames of a video that are no measurement, and what replaces them.

Stitched, registered and cropped videos are padded with a constant; round fields and
masks leave corners without light; scale bars are burned in; cameras have hot and dead
pixels; and frames are recorded behind a closed shutter, or allocated and never written.
None of this says anything about the sample. It is found once, by what a measurement
always has: noise. Frames without a measurement are left out, and pixels are replaced by
the background around them.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_dilation,
    distance_transform_edt,
    gaussian_filter,
    label,
    median_filter,
    zoom,
)

from napari_asist.events import Progress, Started, Work
from napari_asist.illumination import background_surface

Mask = NDArray[np.bool_]
Frame = NDArray[Any]

LEAST_AREA = 25
"""Pixels of one value next to each other that are not a coincidence."""

NOISELESS = 5e-4
"""Noise below which frames were drawn, as a fraction of their range: constant areas of
a drawing are its background."""

RARE = 0.05
"""Largest fraction of pixels near a padding that have its value by chance. More mean
that the background itself was clipped to this value."""

SHARP, SHARPEST = 0.7, 0.9
"""Smallest fraction of the step from a padding to its surroundings that is reached two
pixels, or one pixel, beside it. Light always falls off more gradually: saturated and
clipped objects are no padding."""

STEP = 5.0
"""Standard deviations of the noise above which a step is visible."""

GRADES = 64
"""Intensities near a padding without a visible step. Compression leaves fewer, and flat
areas."""

WHOLE = 0.5
"""Fraction of a frame's usual pixels that must be measurements."""

QUIET = 0.7
"""Noise below which a frame may have been recorded without light, as a fraction of the
usual noise."""

FAINT, STANDS_OUT = 0.25, 4.5
"""Contrast of a frame without light: below this fraction of the usual contrast, and
below this many standard deviations of its own noise."""

DEFECT, STEADY = 5.0, 2.0
"""Standard deviations by which a defective pixel differs from its neighbors in the mean
over time, and in each frame."""

FLASH = 20.0
"""Standard deviations of the noise by which a pixel that flashes exceeds its
neighbors."""

SPREAD, NEXT = 0.15, 0.3
"""Largest fraction of a defective pixel's excess, above or below its surroundings, that
its neighbors have in the median, and that more than one of them has. The image of a
point reaches more."""

LINE, SHORTEST_LINE, WIDEST_DEFECT = 0.95, 8, 3
"""Fraction of a defective line's pixels that have its value: others may be defects of
another line. Its least length, and the largest number of such lines side by side."""

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
        Padding, masked corners and burned-in marks.
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
                f"{100 * self.regions.mean():.2g} % of the field is padding or masked, "
                "without a measurement; nothing is measured or tracked there."
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
            _replace_defects(result, defects, hidden)
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
    for time in range(count):
        frame = np.asarray(frames[time])
        padding = padding_of(frame)
        noise[time] = pixel_noise(frame[::THINNED], ~padding[::THINNED])
        is_constant[time] = frame.min() == frame.max()
        hidden[time] = padding.mean()
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
    paddings = np.array([padding_of(frame) for frame in sampled])
    regions = paddings.mean(axis=0) > WHOLE
    regions |= _constant_areas(sampled) | _printed_areas(sampled)
    if regions.all():
        regions[:] = False
    # Borders of one pixel differ where the padding was interpolated.
    moves = int(np.count_nonzero(paddings.any(axis=0) & ~regions)) > LEAST_AREA
    defects = _defects(sampled, regions) | _defective_lines(sampled, regions)
    return Unmeasured(
        tuple(np.flatnonzero(nothing).tolist()),
        regions,
        defects,
        moves,
        any(flashes_in(frame, regions | defects).any() for frame in sampled),
    )


def padding_of(frame: Frame) -> Mask:
    """Return the pixels of a frame that are padding.

    Padding has one value, the darkest of the frame or nearly so, touches the border of
    the frame, and ends with a sharp step beside pixels that have noise.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    found = np.zeros(frame.shape, bool)
    flat = _flat(frame)
    if np.count_nonzero(flat) < LEAST_AREA:
        return found
    values, counts = np.unique(frame[flat], return_counts=True)
    middle = np.median(frame)
    for value in values[np.argsort(-counts)][:3]:
        if value > middle and np.mean(frame == value) < WHOLE:
            continue
        parts, _ = label(frame == value)
        rim = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
        large = np.bincount(parts.ravel()) >= LEAST_AREA
        large[0] = False
        at_rim = np.zeros_like(large)
        at_rim[rim] = True
        area = (large & at_rim)[parts]
        if area.any() and _is_pasted(frame, area & ~found, value, 2, SHARP):
            found |= area
    return found


def pixel_noise(frame: Frame, where: Mask | None = None) -> float:
    """Return the standard deviation of the noise, from differences of neighbors.

    Second differences ignore gradients; their median ignores objects.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    where : ndarray of bool, shape (Y, X), optional
        Pixels to examine.
    """
    if frame.shape[1] < 3:
        return 0.0
    image = frame.astype(np.float32)
    bent = np.abs(image[:, 2:] - 2 * image[:, 1:-1] + image[:, :-2])
    if where is not None:
        bent = bent[where[:, 1:-1]]
    return float(np.median(bent)) / (0.6745 * 6**0.5) if bent.size else 0.0


def _flat(frame: Frame) -> Mask:
    """Return the pixels that are equal to their four neighbors."""
    flat = np.zeros(frame.shape, bool)
    inner = frame[1:-1, 1:-1]
    if inner.size:
        same = (inner == frame[:-2, 1:-1]) & (inner == frame[2:, 1:-1])
        flat[1:-1, 1:-1] = (
            same & (inner == frame[1:-1, :-2]) & (inner == frame[1:-1, 2:])
        )
    return flat


def _is_pasted(
    frame: Frame, area: Mask, value: np.generic, reach: int, sharp: float
) -> bool:
    """Return whether an area of one value is no part of the image around it.

    Parameters
    ----------
    reach : int
        Distance in px at which the surroundings have been reached.
    sharp : float
        Fraction of the step that is reached there.
    """
    inner = binary_dilation(area, iterations=reach - 1) if reach > 1 else area
    near = binary_dilation(inner) & ~inner
    beyond = binary_dilation(area, iterations=5) & ~binary_dilation(area, iterations=3)
    values = frame[beyond].astype(np.float64)
    if values.size < LEAST_AREA // 2 or np.mean(values == value) > RARE:
        return False
    rest = frame[~area].astype(np.float64)
    span = float(np.subtract(*np.quantile(rest, (0.99, 0.01))))
    noise = pixel_noise(frame, beyond)
    if noise <= NOISELESS * span:
        return False
    close, far = (
        abs(float(np.median(frame[ring].astype(np.float64))) - float(value))
        for ring in (near, beyond)
    )
    if far > STEP * noise:
        return close >= sharp * far
    return len(np.unique(values)) >= GRADES


def _constant_areas(frames: Sequence[Frame]) -> Mask:
    """Return areas that have one value in all frames, such as burned-in scale bars."""
    first = frames[0]
    constant = np.logical_and.reduce([frame == first for frame in frames])
    found = np.zeros(first.shape, bool)
    if len(frames) < 3 or np.count_nonzero(constant & _flat(first)) == 0:
        return found
    values, counts = np.unique(first[constant & _flat(first)], return_counts=True)
    for value in values[np.argsort(-counts)][:8]:
        parts, _ = label(constant & (first == value))
        large = np.bincount(parts.ravel()) >= LEAST_AREA
        large[0] = False
        area = large[parts]
        if area.any() and _is_pasted(first, area, value, 1, SHARPEST):
            found |= area
    return found


def _printed_areas(frames: Sequence[Frame]) -> Mask:
    """Return areas in which text of one value changes on ground of another."""
    lowest, highest = np.minimum.reduce(frames), np.maximum.reduce(frames)
    found = np.zeros(lowest.shape, bool)
    changing = lowest != highest
    for frame in frames:
        changing &= (frame == lowest) | (frame == highest)
    if len(frames) < 3 or np.count_nonzero(changing) < LEAST_AREA:
        return found
    pairs, counts = np.unique(
        np.stack([lowest[changing], highest[changing]]), axis=1, return_counts=True
    )
    low, high = pairs[:, np.argmax(counts)]
    printed = np.logical_and.reduce([(f == low) | (f == high) for f in frames])
    parts, _ = label(printed)
    large = np.bincount(parts.ravel()) >= LEAST_AREA
    large[0] = False
    large &= np.isin(np.arange(len(large)), parts[changing & (lowest == low)])
    area = large[parts]
    if not area.any():
        return found
    ground = low if np.mean(frames[0][area] == low) > 0.5 else high
    return area if _is_pasted(frames[0], area, ground, 1, SHARPEST) else found


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


def _defects(frames: Sequence[Frame], regions: Mask) -> Mask:
    """Return single pixels that always differ from all of their neighbors."""
    found = np.zeros(regions.shape, bool)
    if len(frames) < 3 or min(regions.shape) < 5:
        return found
    average = np.asarray(np.mean(frames, axis=0), np.float32)
    excess = average - median_filter(average, 3)
    deviation = float(np.median(np.abs(excess[~regions]))) / 0.6745
    noise = float(np.median([pixel_noise(frame, ~regions) for frame in frames]))
    span = float(np.subtract(*np.quantile(average[~regions], (0.99, 0.01))))
    if noise <= NOISELESS * span:
        return found
    candidates = np.abs(excess) > DEFECT * deviation
    # Beside a masked region, neighbors are no measurements either.
    candidates &= ~binary_dilation(regions, np.ones((5, 5)))
    rows, columns = np.nonzero(candidates)
    is_alone = _stand_alone(average, rows, columns)
    center = excess[rows, columns]
    for frame in frames:
        near = _windows(frame.astype(np.float32), rows, columns, 1).reshape(-1, 9)
        differs = near[:, 4] - np.median(np.delete(near, 4, axis=1), axis=1)
        is_alone &= differs * np.sign(center) > STEADY * noise
    found[rows[is_alone], columns[is_alone]] = True
    return found


def flashes_in(frame: Frame, hidden: Mask) -> Mask:
    """Return single pixels of a frame that are brighter than any point of light.

    Parameters
    ----------
    frame : ndarray, shape (Y, X)
    hidden : ndarray of bool, shape (Y, X)
        Pixels that are no measurement, and are not searched.

    Returns
    -------
    ndarray of bool, shape (Y, X)
    """
    found = np.zeros(frame.shape, bool)
    noise = pixel_noise(frame, ~hidden)
    if min(frame.shape) < 5 or not noise:
        return found
    image = frame.astype(np.float32)
    excess = image - median_filter(image, 3)
    # Fainter ones do no harm.
    span = float(np.subtract(*np.quantile(image[~hidden], (0.99, 0.01))))
    candidates = (excess > max(FLASH * noise, span)) & ~hidden
    rows, columns = np.nonzero(candidates)
    is_alone = _stand_alone(image, rows, columns)
    found[rows[is_alone], columns[is_alone]] = True
    return found


def _stand_alone(
    image: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which pixels differ more from all neighbors than the image of a point."""
    around = _windows(image, rows, columns, 2)
    ring = np.ones((5, 5), bool)
    ring[1:4, 1:4] = False
    around -= np.median(around[:, ring], axis=1)[:, None, None]
    center = np.abs(around[:, 2, 2])
    neighbors = np.abs(np.delete(around[:, 1:4, 1:4].reshape(-1, 9), 4, axis=1))
    neighbors.sort(axis=1)
    is_alone = neighbors[:, -2] <= NEXT * center
    return np.asarray(is_alone & (np.median(neighbors, axis=1) <= SPREAD * center))


def _defective_lines(frames: Sequence[Frame], regions: Mask) -> Mask:
    """Return rows and columns that have one value, as no line with noise has."""
    found = np.zeros(regions.shape, bool)
    if not any(pixel_noise(frame, ~regions) > 0 for frame in frames):
        return found
    for axis in (0, 1):
        measured = np.count_nonzero(~regions, axis=axis)
        shares = np.array([_share_of_median(frame, regions, axis) for frame in frames])
        is_constant = (shares.min(axis=0) >= LINE) & (measured >= SHORTEST_LINE)
        # Lines beside one another that are all constant are no defects of a camera.
        wide, _ = label(is_constant)
        narrow = np.bincount(wide) <= WIDEST_DEFECT
        narrow[0] = False
        found |= np.expand_dims(narrow[wide], axis)
    return found & ~regions


def _share_of_median(frame: Frame, regions: Mask, axis: int) -> NDArray[np.float64]:
    """Return the fraction of each line's measured pixels that have its median value."""
    values = np.where(regions, np.nan, frame.astype(np.float64))
    known = np.isfinite(values)
    with warnings.catch_warnings():  # lines without a measured pixel
        warnings.simplefilter("ignore", RuntimeWarning)
        middle = np.nanmedian(values, axis=axis, keepdims=True)
    equal = np.count_nonzero(values == middle, axis=axis)
    share: NDArray[np.float64] = equal / np.maximum(np.count_nonzero(known, axis), 1)
    return share


def _windows(
    image: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    reach: int,
) -> NDArray[np.float32]:
    """Return the surroundings of some pixels, shape (n, side, side)."""
    side = 2 * reach + 1
    padded = np.pad(image, reach, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    return np.array(windows[rows, columns])


def _replace_defects(frame: Frame, defects: Mask, hidden: Mask) -> None:
    """Replace each defective pixel by the median of its measured neighbors."""
    height, width = frame.shape
    unknown = defects | hidden
    for row, column in np.argwhere(defects & ~hidden):
        for reach in (1, 2, 3):
            rows = slice(max(row - reach, 0), min(row + reach + 1, height))
            columns = slice(max(column - reach, 0), min(column + reach + 1, width))
            known = frame[rows, columns][~unknown[rows, columns]]
            if known.size >= 3:
                # An observed value, so that integers stay integers.
                frame[row, column] = np.sort(known)[known.size // 2]
                break


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
