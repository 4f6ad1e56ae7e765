import numpy as np
import pytest

from napari_asist.refinement.report import (
    agreement,
    component_indices,
    frame_agreement,
)


def test_agreement_matches_a_manual_count() -> None:
    labels, mask = np.zeros((1, 12), np.uint8), np.zeros((1, 12), bool)
    labels[0, :4] = 1  # two of four in the first component
    mask[0, 2:5] = True
    mask[0, 8:10] = True  # a component that no label covers
    found = agreement([frame_agreement(labels, mask)])
    assert found.dice == pytest.approx(2 * 2 / (4 + 5))
    assert found.jaccard == pytest.approx((2 / 5 + 0) / 2)
    assert not len(component_indices(labels, mask & False))


def test_frames_count_by_their_pixels_and_components() -> None:
    labels, mask = np.ones((2, 2), np.uint8), np.ones((2, 2), bool)
    fits, empty = frame_agreement(labels, mask), frame_agreement(labels, mask & False)
    joined = agreement([fits, empty])
    assert joined.dice == pytest.approx(2 * 4 / (8 + 4))
    assert joined.jaccard == 1


def test_nothing_agrees_with_nothing() -> None:
    nothing = np.zeros((3, 3), np.uint8)
    for frames in ([], [frame_agreement(nothing, nothing > 0)]):
        assert agreement(frames).dice == agreement(frames).jaccard == 1
