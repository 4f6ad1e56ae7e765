"""Scores of the Cell Tracking Challenge, by py-ctcmetrics.

The library's numbers are the numbers of record. Its reading and its matching of masks
are replaced: they are slow, and they wrap labels of 8 and 16 bits silently.
"""

from napari_asist.evaluation.evaluate import (
    evaluate,
    evaluate_videos,
    evaluating,
)
from napari_asist.evaluation.scores import Scores, score_table

__all__ = ["Scores", "evaluate", "evaluate_videos", "evaluating", "score_table"]
