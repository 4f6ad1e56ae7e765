"""Fit the look of a video's objects so that borders and brightness are right."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_asist.blur import smooth_noise
from napari_asist.estimation.borders import REACH, outlines_of
from napari_asist.estimation.object_areas import visible_area_ratio
from napari_asist.labels import LabelArray, LabelVideo, dividing_labels, labels_in
from napari_asist.microscope.apoptosis import drawn_fragments
from napari_asist.microscope.nucleoli import drawn_nucleoli
from napari_asist.microscope.optics import (
    DRAWN_REACH,
    LEAST_GROWTH,
    MOST_GROWTH,
    Fit,
    Look,
    render_signal,
)
from napari_asist.microscope.settings import MicroscopeSettings

GRAIN_SIZE = 256
MOST_MOTHERS = 16
MARGIN = 12
"""Margin around a mother in pixels, enough for most of her light."""

STRONG_TEXTURE = 0.25
"""Standard deviation of the texture, as a fraction of the brightness, above which it is
not used to determine how large objects must be drawn."""

HALVINGS = 5
"""Number of bisections of the growth range; the last fifth of a pixel is
interpolated."""

ENOUGH = 40
"""Number of objects that determines how large all must be drawn."""


def fitted_look(
    video: LabelVideo, settings: MicroscopeSettings, rng: np.random.Generator
) -> Look:
    """Draw the textures, and fit where and how brightly objects must be drawn.

    Condensed objects are dimmed less at the border and are often narrow, so mothers at
    metaphase are fitted separately.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings
    rng : Generator
    """
    grain = smooth_noise((GRAIN_SIZE, GRAIN_SIZE), settings.texture_scale, rng)
    grain = settings.texture * grain
    highest = max(int(video.labels.max(initial=0)), *video.tracks["label"], 0)
    origin = rng.uniform(0, GRAIN_SIZE, (highest + 1, 2)).astype(np.float32)
    nucleoli_rng, fragments_rng = rng.spawn(2)
    nucleoli = drawn_nucleoli(settings.nucleoli, highest + 1, nucleoli_rng)
    fragments = drawn_fragments(
        settings.apoptosis, video.tracks, highest, fragments_rng
    )
    bare = Look(grain, origin, nucleoli=nucleoli, fragments=fragments)
    labels = next((part for part in video.labels if part.any()), None)
    if labels is None:
        return bare
    condensed = np.zeros(highest + 1, np.float32)
    loose = _fitted(_crowded_part(labels), condensed, settings, bare)
    mothers = _mothers(video)
    if not len(mothers) or not (settings.condensation or settings.mitotic_halo):
        return replace(bare, loose=loose, condensed=loose)
    dense = _fitted(mothers, condensed + 1, settings, bare)
    return replace(bare, loose=loose, condensed=dense)


def _fitted(
    labels: LabelArray,
    condensed: NDArray[np.float32],
    settings: MicroscopeSettings,
    look: Look,
) -> Fit:
    outlines = outlines_of(labels, max(DRAWN_REACH, REACH))
    level = np.ones(len(condensed), np.float32)
    # Dark holes would count as invisible area, and the half maximum of a strong texture
    # is well inside an object.
    part = min(1.0, STRONG_TEXTURE / max(settings.texture, 1e-6))
    whole = Look(look.grain * np.float32(part), look.origin)

    def drawn(growth: float, look: Look = whole) -> NDArray[np.float32]:
        fit = Fit(growth)
        grown = replace(look, loose=fit, condensed=fit)
        return render_signal(outlines, level, settings, grown, condensed)

    low, high = float(LEAST_GROWTH), float(MOST_GROWTH)
    smaller, larger = -1.0, 0.0
    for _ in range(HALVINGS):
        growth = (low + high) / 2
        ratio = visible_area_ratio(
            drawn(growth), labels, settings.border, outlines.nearest
        )
        excess = float(np.median(ratio)) - 1
        if excess < 0:
            low, smaller = growth, excess
        else:
            high, larger = growth, excess
    # Narrow plates in wide halos look too large, however small they are drawn.
    if low > LEAST_GROWTH and high < MOST_GROWTH:
        high -= (high - low) * larger / (larger - smaller)
    return Fit(high, float(drawn(high, look)[labels > 0].mean()))


def _crowded_part(labels: LabelArray) -> LabelArray:
    """Return the most crowded quarter of a frame, repeatedly, while it is enough."""
    height, width = (side // 2 for side in labels.shape)
    quarters = [
        labels[top : top + height, left : left + width]
        for top in (0, height)
        for left in (0, width)
    ]
    counts = [len(labels_in(quarter)) for quarter in quarters]
    if max(counts) < ENOUGH:
        return labels
    return _crowded_part(quarters[int(np.argmax(counts))])


def _mothers(video: LabelVideo) -> LabelArray:
    """Return mothers in their last frame, side by side in one image, shape (Y, X)."""
    from scipy.ndimage import find_objects

    tracks = video.tracks[np.isin(video.tracks["label"], dividing_labels(video.tracks))]
    boxes = {
        end: find_objects(video.labels[end]) for end in set(tracks["end"].tolist())
    }
    cut: list[LabelArray] = []
    for label, end in zip(
        tracks["label"].tolist(), tracks["end"].tolist(), strict=True
    ):
        box = boxes[end][label - 1] if label <= len(boxes[end]) else None
        if box and len(cut) < MOST_MOTHERS:
            window = video.labels[end][box]
            own = np.where(window == label, window, 0)
            cut.append(np.pad(own, MARGIN))
    tallest = max((len(window) for window in cut), default=0)
    return np.concatenate(
        [np.pad(window, ((0, tallest - len(window)), (0, 0))) for window in cut]
        or [np.zeros((0, 0), video.labels.dtype)],
        axis=1,
    )
