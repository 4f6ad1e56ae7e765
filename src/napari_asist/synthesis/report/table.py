"""The label-free report as a table of measured and accepted values."""

import math
from dataclasses import dataclass

from napari_asist.synthesis.report.advice import (
    FEWEST_SHOWN,
    FLICKER,
    MOST_APART,
    MOST_STRAY,
    STEADY,
)
from napari_asist.synthesis.report.likeness import (
    HIGHEST_ACCURACY,
    LARGEST_DISTANCE,
    Likeness,
)
from napari_asist.synthesis.report.report import (
    LARGEST_RATIO,
    SMALLEST_RATIO,
    SynthesisReport,
)


@dataclass(frozen=True)
class ReportRow:
    """One line of the table.

    Parameters
    ----------
    name, found : str
    accepted : str
        Empty if any value is accepted.
    is_good : bool
    meaning : str
    """

    name: str
    found: str
    accepted: str = ""
    is_good: bool = True
    meaning: str = ""


def report_rows(report: SynthesisReport) -> list[ReportRow]:
    """Return the report's numbers, those with an accepted range first.

    Parameters
    ----------
    report : SynthesisReport
    """
    steadiest = max(FLICKER * report.flicker_real, STEADY)
    dim = _over(report.dimmest, report.dimmest_real)
    bright = _over(report.brightest, report.brightest_real)
    rows = [
        ReportRow(
            "visible area",
            _number(report.visible),
            f"{SMALLEST_RATIO} to {LARGEST_RATIO}",
            report.verdict == "accept",
            "Area of the drawn objects over their labels' area (median).",
        ),
        ReportRow(
            "annotations drawn",
            f"{report.shown:.1%}",
            f"at least {FEWEST_SHOWN:.0%}",
            report.shown >= FEWEST_SHOWN,
            "Fraction of the annotations with a visible object.",
        ),
        ReportRow(
            "drawn without annotation",
            f"{report.stray:.1%}",
            f"at most {MOST_STRAY:.0%}",
            report.stray <= MOST_STRAY,
            "Fraction of the drawn area without an annotation.",
        ),
        ReportRow(
            "dimmest, relative to real",
            _number(dim),
            f"at most {MOST_APART}",
            not dim > MOST_APART,
            "Brightness of the dimmest tenth of the objects over that of real ones.",
        ),
        ReportRow(
            "brightest, relative to real",
            _number(bright),
            f"at least {1 / MOST_APART:.2f}",
            not bright < 1 / MOST_APART,
            "Brightness of the brightest tenth of the objects over that of real ones.",
        ),
        ReportRow(
            "flicker per frame",
            f"{report.flicker:.1%}",
            f"at most {steadiest:.1%}",
            not report.flicker > steadiest,
            "Relative change of an object's brightness from frame to frame (median).",
        ),
        *([] if report.likeness is None else _likeness_rows(report.likeness)),
        ReportRow(
            "half-maximum area",
            _number(report.half_maximum),
            meaning="Area above half of an object's maximum over its label's area.",
        ),
        ReportRow(
            "overlap with labels",
            _number(report.jaccard),
            meaning="Mean Jaccard index of the drawn objects with their labels.",
        ),
        ReportRow(
            "histograms apart",
            _number(report.histogram_distance),
            meaning="Wasserstein distance of the intensities, 0 to 2.",
        ),
    ]
    if report.mask_dice is not None:
        rows.append(
            ReportRow(
                "masks' overlap",
                _number(report.mask_dice),
                meaning="Dice index of the generated masks with the annotations.",
            )
        )
    return rows


def _likeness_rows(likeness: Likeness) -> list[ReportRow]:
    known = math.isfinite(likeness.accuracy)
    return [
        ReportRow(
            "distance from real frames",
            _number(likeness.distance),
            f"at most {LARGEST_DISTANCE:.0f}",
            not likeness.distance > LARGEST_DISTANCE,
            "Weighted mean difference of the values below from real ones, relative to "
            "the accepted difference: use it to compare settings.",
        ),
        ReportRow(
            "crops identified",
            f"{likeness.accuracy:.0%}" if known else "unknown",
            f"at most {HIGHEST_ACCURACY:.0%}",
            not likeness.is_distinguished,
            "Fraction of held-out crops that a classifier identifies correctly as "
            "real or synthetic; chance is 50%.",
        ),
        *(
            ReportRow(
                part.feature.title,
                part.found_text(),
                part.accepted_text(),
                part.is_good,
                part.feature.meaning,
            )
            for part in likeness.comparisons
        ),
    ]


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "unknown"
