import json

import numpy as np
import pytest

from napari_asist.labels import track_table
from napari_asist.refinement.report import RefinementReport, Tally, frame_agreement


def report() -> RefinementReport:
    """Two tracks over three frames; one label was removed, one was restored."""
    labels = np.zeros((4, 12), np.uint8)
    labels[:, :4] = 1
    tally = Tally()
    for components in (0, 2, 0):
        tally.add(
            frame_agreement(labels, labels > 5), frame_agreement(labels, labels > 0), 0
        )
        tally.components[-1] = components
    kept = [np.array(found) for found in ([1, 2], [1], [1])]
    present = [np.array(found) for found in ([1, 2], [1, 2], [1])]
    simulated = track_table([(1, 0, 2, 0), (2, 0, 2, 0)])
    return tally.report(kept, present, simulated, simulated)


def test_labels_are_counted() -> None:
    found = report()
    assert (found.labels_before, found.labels_kept, found.labels_restored) == (6, 4, 1)
    assert found.kept_fraction == pytest.approx(4 / 6)
    assert (found.before.dice, found.after.dice) == (0, 1)


def test_the_report_is_plain_data() -> None:
    record = json.loads(json.dumps(report().as_record()))
    assert record["kept_fraction"] == pytest.approx(4 / 6)
    assert record["after"] == {"dice": 1, "jaccard": 1}
    assert record["repainted_components"] == [0, 2, 0]


def test_the_report_is_one_sentence() -> None:
    first, advice = (note.message for note in report().notes("refine"))
    assert "66.7% of the labels were kept and 1 restored" in first
    assert "Jaccard index from 1.000 to 1.000; 0.7 mask components" in first
    assert advice.startswith("33% of the labels were removed: improve the generator")


def test_a_tally_holds_no_message_of_another_process() -> None:
    message, tally = np.zeros(1000), Tally()
    frame = frame_agreement(np.ones((2, 2), np.uint8), np.ones((2, 2), bool))
    object.__setattr__(frame, "indices", message[:1])
    tally.add(frame, frame, 0)
    assert tally.before[0].indices.base is None
