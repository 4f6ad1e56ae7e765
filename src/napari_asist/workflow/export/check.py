"""A written result is looked at before it is called done."""

from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.events import Work


def check_result(result: Path) -> Work[None]:
    """Refuse a result that shows no object or breaks the challenge's rules.

    Parameters
    ----------
    result : Path
        A ``01_RES`` folder; it stays whatever is found.

    Raises
    ------
    AsistError
        Names the first fault, and what to do where no object was found.
    """
    from napari_asist.ctc import read_track_table, validating

    if not len(read_track_table(result / "res_track.txt")):
        raise AsistError(
            f"{result} is written but holds no object, for the network found none in "
            "the video; see whether the synthetic frames in the run's folder training "
            "look like the video, and raise synthesis.steps and the steps of the "
            "network (depth.steps or embedding.steps)."
        )
    if faults := (yield from validating(result)):
        raise AsistError(f"{result} is written but not valid: {faults[0]}.")
