"""What a network's confidence in single objects says about a whole video."""

import numpy as np

from napari_asist.labels import LabelVideo, confidence_of_objects

CLEAR = 0.5
"""Confidence above which an object is clear."""

MOST = 0.5
"""Fraction of the objects that are clear in a video that suits the network."""

TRACED = 0.9
"""Mean fraction of an object's pixels that a suitable network traces back to the same
object. In virtual videos and in nuclei of 5 to 30 px, it is .93 to .99; in moving noise
.6 and in a standing texture .85 (``benchmarks/limits.py``)."""


def doubt_about(video: LabelVideo) -> str:
    """Return a sentence if a video is probably unlike those of the network's training.

    Parameters
    ----------
    video : LabelVideo
        As tracked, with the confidence of its objects.

    Returns
    -------
    str
        Empty if there is no doubt, or if nothing is known.
    """
    known = np.array(list(confidence_of_objects(video).values())).reshape(-1, 2)
    if not len(known):
        return ""
    clear = float(np.mean(known[:, 0] >= CLEAR))
    links = known[np.isfinite(known[:, 1]), 1]
    traced = float(np.mean(links)) if len(links) else 1.0
    reasons = []
    if clear < MOST:
        reasons.append(f"only {100 * clear:.0f} % of the objects are clear")
    if traced < TRACED:
        reasons.append(
            f"only {100 * traced:.0f} % of the objects' pixels are traced back to the "
            "same object"
        )
    if not reasons:
        return ""
    return (
        f"The video may be unlike those that the network was trained on: "
        f"{' and '.join(reasons)}. Check the tracks, or train for this video."
    )
