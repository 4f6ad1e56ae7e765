"""Cell Tracking Challenge scores, computed with py-ctcmetrics.

The library's numbers are authoritative. Its file reading and mask matching are replaced
because they are slow and silently wrap labels of 8 and 16 bits.
"""

from napari_asist.evaluation.evaluate import (
    evaluate,
    evaluate_videos,
    evaluating,
)
from napari_asist.evaluation.scores import Scores, score_table

__all__ = ["Scores", "evaluate", "evaluate_videos", "evaluating", "score_table"]
