"""Describe a report on synthetic frames in words, with advice."""

from napari_asist.synthesis.report.likeness import LARGEST_DISTANCE
from napari_asist.synthesis.report.report import SynthesisReport

FEWEST_SHOWN = 0.95
MOST_STRAY = 0.05
MOST_APART = 1.5
"""Factor between real and synthetic brightness that is worth mentioning."""

FLICKER = 2.0
"""Multiple of the real flicker that is worth mentioning, unless below `STEADY`."""

STEADY = 0.05
KEEP = "keep the annotation deformation on, train longer, or use the renderer"


def summary(report: SynthesisReport) -> str:
    """Return the results in a few lines, with advice.

    Parameters
    ----------
    report : SynthesisReport
    """
    return "\n".join([*findings(report), *advice(report)])


def findings(report: SynthesisReport) -> list[str]:
    """Return the report's numbers, one line for each kind.

    Parameters
    ----------
    report : SynthesisReport
    """
    borders = (
        "unknown"
        if report.verdict == "unknown"
        else f"{report.visible:.3f} of the label's, above {report.border:.0%} of the "
        f"maximum (quartiles {report.visible_lower:.2f} to "
        f"{report.visible_upper:.2f}), overlap {report.jaccard:.3f}: "
        f"{report.verdict}"
    )
    lines = [
        f"annotations drawn   {report.shown:.1%} of {report.annotated}; "
        f"{report.stray:.1%} of the drawn area has none",
        f"visible area        {borders}",
        f"half-maximum area   {report.half_maximum:.3f} of the label's",
        f"dimmest decile      {report.dimmest:.4g} counts, real "
        f"{report.dimmest_real:.4g}",
        f"brightest decile    {report.brightest:.4g} counts, real "
        f"{report.brightest_real:.4g}",
        f"noise               {report.noise:.3g} counts, real {report.noise_real:.3g}",
        f"histograms apart    {report.histogram_distance:.3f}",
        f"objects found       {report.count_mismatch:+.1%} relative to the "
        f"annotations, {report.density_mismatch:+.1%} per area relative to the real "
        "video",
        f"flicker             {report.flicker:.1%} per frame, real "
        f"{report.flicker_real:.1%}",
    ]
    if (likeness := report.likeness) is not None:
        lines.append(
            f"like real frames    distance {likeness.distance:.2f} (accepted up to "
            f"{LARGEST_DISTANCE:.0f}); {likeness.accuracy:.0%} of crops identified "
            "(chance is 50%)"
        )
    if report.mask_dice is not None:
        lines.append(
            f"masks of A*         Dice {report.mask_dice:.3f} with annotations"
        )
    if report.cycle_images is not None and report.cycle_annotations is not None:
        lines.append(
            f"cycles              images {report.cycle_images:.3f} apart, annotations "
            f"{report.cycle_annotations:.3f}"
        )
    return lines


def advice(report: SynthesisReport) -> list[str]:
    """Return a sentence for each problem.

    Parameters
    ----------
    report : SynthesisReport
    """
    sentences = [_borders(report)]
    if report.shown < FEWEST_SHOWN:
        sentences.append(
            f"{1 - report.shown:.0%} of the annotations have no visible object: "
            f"{_cure(report, 'train longer, or use the encoding brightness')}; "
            "refinement must remove their labels."
        )
    if report.stray > MOST_STRAY:
        sentences.append(
            f"{report.stray:.0%} of the drawn area has no annotation: "
            f"{_cure(report, 'raise the cycle weight or train longer')}; a network "
            "trained on it learns to ignore objects."
        )
    sentences.append(_brightness(report))
    if report.flicker > max(FLICKER * report.flicker_real, STEADY):
        sentences.append(
            f"Objects flicker by {report.flicker:.0%} per frame, in the real video by "
            f"{report.flicker_real:.0%}: "
            f"{_cure(report, 'use the encoding brightness')}, so that each object "
            "keeps its brightness."
        )
    if report.likeness is not None:
        sentences += report.likeness.advice(is_trained=report.step > 0)
    return [f"Warning: {sentence}" for sentence in sentences if sentence]


def _cure(report: SynthesisReport, of_training: str) -> str:
    """Return the advice; training does not help engines that are not trained."""
    if report.step:
        return of_training
    return "edit microscope.json in the folder synthesis, or use a GAN"


def _borders(report: SynthesisReport) -> str:
    area, verdict = report.visible, report.verdict
    if verdict == "accept":
        return ""
    if verdict == "unknown":
        return (
            "No drawn object is clearly above the noise, so borders cannot be "
            f"measured: {_cure(report, 'train longer')}."
        )
    side, size = (
        ("inside", "too large") if verdict == "too small" else ("outside", "too small")
    )
    return (
        f"Drawn borders are {side} the labels' (area {area:.2f}; accepted: 0.95 to "
        f"1.05): a network trained on these frames segments objects {size}. To fix "
        f"this, {_cure(report, KEEP)}."
    )


def _brightness(report: SynthesisReport) -> str:
    if report.dimmest > MOST_APART * report.dimmest_real > 0:
        return (
            f"The dimmest objects drawn have {report.dimmest:.3g} counts, the real "
            f"ones {report.dimmest_real:.3g}: a network learns to ignore dim objects; "
            f"{_cure(report, 'use the encoding brightness, or train longer')}."
        )
    if 0 < report.brightest * MOST_APART < report.brightest_real:
        return (
            f"The brightest objects drawn have {report.brightest:.3g} counts, the real "
            f"ones {report.brightest_real:.3g}: "
            f"{_cure(report, 'use the encoding brightness, or train longer')}."
        )
    return ""
