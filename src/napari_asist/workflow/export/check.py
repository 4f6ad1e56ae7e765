"""Check a written result before it counts as done."""

from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.events import Work


def check_result(result: Path) -> Work[None]:
    """Reject a result that has no objects or breaks the challenge's rules.

    Parameters
    ----------
    result : Path
        A ``01_RES`` folder, which is kept in any case.

    Raises
    ------
    AsistError
        Names the first fault, or what to do if no object was found.
    """
    from napari_asist.ctc import read_track_table, validating

    if not len(read_track_table(result / "res_track.txt")):
        raise AsistError(
            f"{result} was written but is empty because the network found no objects "
            "in the video. Check whether the synthetic frames in the run's training "
            "folder look like the video, and increase synthesis.steps and the steps of "
            "the network (depth.steps or embedding.steps)."
        )
    if faults := (yield from validating(result)):
        raise AsistError(f"{result} was written but is not valid: {faults[0]}.")
