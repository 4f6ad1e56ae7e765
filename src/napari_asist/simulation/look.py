"""The look of a video's objects, fitted so that borders and brightness are right."""

import numpy as np

from napari_asist.labels import LabelVideo
from napari_asist.simulation.borders import half_maximum_ratio
from napari_asist.simulation.microscope_settings import MicroscopeSettings
from napari_asist.simulation.optics import Look, render_signal
from napari_asist.simulation.texture import smooth_noise

GRAIN_SIZE = 256


def fitted_look(
    video: LabelVideo, settings: MicroscopeSettings, rng: np.random.Generator
) -> Look:
    """Draw the textures, and fit where and how bright objects have to be drawn.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings
    rng : Generator
    """
    grain = smooth_noise((GRAIN_SIZE, GRAIN_SIZE), settings.texture_scale, rng)
    highest = max(int(video.labels.max(initial=0)), *video.tracks["label"], 0)
    origin = rng.uniform(0, GRAIN_SIZE, (highest + 1, 2)).astype(np.float32)
    look = Look(settings.texture * grain, origin)
    labels = next((part for part in video.labels if part.any()), None)
    if labels is None:
        return look
    labels = labels[:512, :512] if labels[:512, :512].any() else labels
    level = np.ones(highest + 1, np.float32)
    low, high = -2.0, 4.0
    for _ in range(9):
        growth = (low + high) / 2
        look = Look(look.grain, origin, growth)
        signal = render_signal(labels, level, settings, look)
        if np.median(half_maximum_ratio(signal, labels)) < 1:
            low = growth
        else:
            high = growth
    return Look(look.grain, origin, growth, float(signal[labels > 0].mean()))
