"""Match all frames of a ground truth with those of a result."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from napari_asist.ctc.read import READERS, read_mask
from napari_asist.errors import AsistError
from napari_asist.evaluation.matching import FrameMatch, match_frame
from napari_asist.events import Progress, Started, Work
from napari_asist.labels import LabelArray
from napari_asist.threads import computed_ahead


def match_pairs(
    name: str, pairs: Sequence[tuple[Path, Path | LabelArray]], margin: int
) -> Work[list[FrameMatch]]:
    """Match ground truth frames with those of a result, on several threads.

    Parameters
    ----------
    name : str
        Name of the stage.
    pairs : sequence of Path, and of Path or ndarray
        Files of the ground truth; files or labels of the result.
    margin : int
        See `evaluate`.
    """
    stage = f"compare {name}"
    yield Started(stage, len(pairs))
    matches: list[FrameMatch] = []
    match_pair = partial(_match_files, margin=margin)
    for match in computed_ahead(match_pair, pairs, READERS):
        matches.append(match)
        yield Progress(stage, len(matches), len(pairs))
    return matches


def _match_files(pair: tuple[Path, Path | LabelArray], margin: int) -> FrameMatch:
    truth, result = pair
    labels = read_mask(result) if isinstance(result, Path) else result
    images = read_mask(truth), labels
    if images[0].shape != images[1].shape:
        name = result if isinstance(result, Path) else "The result"
        raise AsistError(
            f"{name} has the shape {images[1].shape}, {truth} has "
            f"{images[0].shape}; only frames of the same shape can be compared."
        )
    check_margin(margin, images[0].shape)
    return match_frame(*images, margin)


def check_margin(margin: int, shape: tuple[int, ...]) -> None:
    """Raise `AsistError` for a margin that leaves no area inside."""
    if not 0 <= 2 * margin < min(shape):
        raise AsistError(
            f"A margin of {margin} px does not fit frames of {shape[0]} × {shape[1]} "
            "px; choose at least 0 and less than half of each side."
        )
