"""When tracks are probably not to be trusted."""

from dataclasses import replace

import numpy as np
import pytest
from cases import good

from napari_asist.labels import CONFIDENCE_DTYPE, LabelVideo, confidence_of_objects
from napari_asist.tracking.doubt import doubt_about


def known(clear: float, link: float) -> LabelVideo:
    """Return a good video whose objects are all as clear, with a point in each."""
    video = good()
    rows = []
    for time, frame in enumerate(video.labels):
        for label in np.unique(frame[frame > 0]):
            y, x = np.argwhere(frame == label)[0]
            rows.append((time, y, x, clear, np.nan if time == 0 else link))
    return replace(video, confidence=np.array(rows, CONFIDENCE_DTYPE))


@pytest.mark.parametrize(
    ("clear", "link", "says"),
    [
        (0.9, 0.98, ""),
        (0.3, 0.98, "only 0 % of the objects are clear. Check"),
        (
            0.9,
            0.7,
            "only 70 % of the objects' pixels are traced back to the same object. Ch",
        ),
        (0.3, 0.7, "are clear and only 70 % of the objects' pixels"),
    ],
)
def test_doubt_names_its_reasons(clear: float, link: float, says: str) -> None:
    doubt = doubt_about(known(clear, link))
    assert says in doubt
    assert bool(doubt) == bool(says)


def test_nothing_is_said_without_knowledge() -> None:
    assert doubt_about(good()) == ""
    empty = replace(good(), confidence=np.zeros(0, CONFIDENCE_DTYPE))
    assert doubt_about(empty) == ""


def test_each_object_has_its_confidence() -> None:
    video = known(0.9, 0.8)
    found = confidence_of_objects(video)
    expected = {
        (time, int(label))
        for time, frame in enumerate(video.labels)
        for label in np.unique(frame[frame > 0])
    }
    assert set(found) == expected
    assert found[1, int(video.tracks["label"][0])] == (0.9, 0.8)


def test_a_joined_object_is_as_clear_as_its_clearest_part() -> None:
    video = known(0.4, 0.8)
    assert video.confidence is not None
    more = video.confidence[:1].copy()
    more["object"] = 0.9
    more["x"] += 1
    table = np.sort(np.concatenate([video.confidence, more]), order="frame")
    found = confidence_of_objects(replace(video, confidence=table))
    assert max(clear for clear, _ in found.values()) == 0.9
