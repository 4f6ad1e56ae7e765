import math
from dataclasses import replace

from napari_asist.synthesis.report.advice import advice
from napari_asist.synthesis.report.likeness import Comparison, Likeness
from napari_asist.synthesis.report.report import SynthesisReport
from napari_asist.synthesis.report.table import report_rows

GOOD = SynthesisReport(
    step=100,
    annotated=40,
    shown=0.99,
    jaccard=0.9,
    stray=0.01,
    border=0.5,
    visible=1.01,
    visible_lower=0.98,
    visible_upper=1.03,
    half_maximum=1.0,
    dimmest=50,
    dimmest_real=45,
    brightest=200,
    brightest_real=210,
    noise=5,
    noise_real=5,
    histogram_distance=0.02,
    count_mismatch=0.0,
    density_mismatch=0.0,
    flicker=0.03,
    flicker_real=0.03,
)


def bad(report: SynthesisReport) -> list[str]:
    return [row.name for row in report_rows(report) if not row.is_good]


def test_a_good_report_has_no_bad_rows() -> None:
    assert bad(GOOD) == []
    assert "masks' overlap" not in [row.name for row in report_rows(GOOD)]


def test_what_is_out_of_range_is_marked() -> None:
    assert bad(replace(GOOD, visible=0.9, stray=0.2)) == [
        "visible area",
        "drawn without annotation",
    ]
    assert bad(replace(GOOD, dimmest=90, brightest=100, flicker=0.2, shown=0.5)) == [
        "annotations drawn",
        "dimmest, relative to real",
        "brightest, relative to real",
        "flicker per frame",
    ]


def test_unlike_frames_are_marked_and_advised_about() -> None:
    apart = Comparison("density", (1.0,), (2.0,), 0.25)
    report = replace(GOOD, likeness=Likeness((apart,), 0.9, "edges"))
    assert bad(report) == [
        "distance from real frames",
        "crops identified",
        "objects in 100 × 100 px",
    ]
    rows = {row.name: row for row in report_rows(report)}
    assert rows["crops identified"].found == "90%"
    assert rows["objects in 100 × 100 px"].accepted == "1.56 to 2.57"
    sentences = advice(report)
    assert "raise simulation.objects" in sentences[0]
    assert "90% of crops as real or synthetic" in sentences[1]


def test_unknown_values_are_marked() -> None:
    rows = {row.name: row for row in report_rows(replace(GOOD, visible=math.nan))}
    assert rows["visible area"].found == "unknown"
    assert not rows["visible area"].is_good
