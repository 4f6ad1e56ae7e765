"""The functions for scripts and notebooks that `napari_asist` exports.

Each runs the same code as its command or panel and gives the same result.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import ArrayLike, NDArray

from napari_asist.events import Result, StopFlag, Work, result_of
from napari_asist.labels import LabelVideo
from napari_asist.progress import show
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.recipe import Recipe, make_recipe

if TYPE_CHECKING:
    import networkx
    import numpy as np
    import pandas as pd

    from napari_asist.evaluation import Scores
    from napari_asist.microscope.settings import MicroscopeSettings
    from napari_asist.simulation.settings import SimulatorSettings
    from napari_asist.video import Video
    from napari_asist.workflow.model import Model

Source: TypeAlias = "str | Path | ArrayLike | Video"
"""A path, an array (T, Y, X) or an open video."""


def train(
    video: "Source | Sequence[str | Path | Video]",
    run: str | Path,
    preset: str = DEFAULT_PRESET,
    *,
    recipe: Recipe | None = None,
    channel: int | None = None,
    stop: StopFlag | None = None,
    progress: bool = True,
) -> "Model":
    """Train a model for one or several videos, without any labels.

    The simulator and the microscope are fitted to the video, and a network learns from
    the frames they render. If called again with the same arguments, it resumes a
    stopped training or returns a finished model at once.

    Parameters
    ----------
    video : str, Path, array (T, Y, X), Video, or sequence of paths and videos
    run : str or Path
        Folder for all output.
    preset : str
        A name in `napari_asist.workflow.presets.PRESETS`.
    recipe : Recipe, optional
        Used instead of the preset.
    channel : int, optional
        Starting at 0; required if a file has several.
    stop : StopFlag, optional
        Lets another thread stop, pause or resume the work.
    progress : bool
        Whether to show progress bars on stderr.

    Returns
    -------
    Model

    Raises
    ------
    AsistError
        The video cannot be used, or the folder was made for another one.
    Stopped If asked to stop; all output is kept.
    """
    from napari_asist.workflow.model import Model

    _run(video, run, preset, recipe, channel, stop, progress, tracks=False)
    return Model.load(run)


def run(
    video: "Source | Sequence[str | Path | Video]",
    run: str | Path,
    preset: str = DEFAULT_PRESET,
    *,
    recipe: Recipe | None = None,
    channel: int | None = None,
    stop: StopFlag | None = None,
    progress: bool = True,
) -> Path:
    """Train for one or several videos and track each, as ``napari-asist run`` does.

    Parameters
    ----------
    video, run, preset, recipe, channel, stop, progress
        As for `train`.

    Returns
    -------
    Path
        The folder with ``01_RES``, ``02_RES``, …, one for each video.

    Raises
    ------
    AsistError, Stopped
        As for `train`.
    """
    return _run(video, run, preset, recipe, channel, stop, progress, tracks=True)


def estimate(
    video: "Source | Sequence[str | Path | Video]",
    recipe: Recipe | None = None,
    *,
    channel: int | None = None,
    progress: bool = True,
) -> Recipe:
    """Estimate the simulator's settings from one or several videos.

    Parameters
    ----------
    video : str, Path, array (T, Y, X), Video, or sequence of paths and videos
    recipe : Recipe, optional
        Its sections scale and estimate are used; the default preset's if omitted.
    channel : int, optional
    progress : bool

    Returns
    -------
    Recipe
        With ``simulation`` set, in pixels of the video.

    Raises
    ------
    AsistError
        The videos have too few frames, or show no objects.
    """
    from napari_asist.workflow.estimate.estimate import estimate_for
    from napari_asist.workflow.prepared import prepared

    wanted = recipe or make_recipe(DEFAULT_PRESET)
    bright = _done(prepared(_opened(video, channel), wanted), progress)
    return _done(estimate_for(bright, wanted), progress)[1]


def simulate(
    settings: "SimulatorSettings", seed: int = 0, number: int = 0
) -> LabelVideo:
    """Simulate a label video, as ``napari-asist simulate`` does.

    Parameters
    ----------
    settings : NucleiSettings or MicrovilliSettings
    seed : int
        Seed of the recipe.
    number : int
        Index of the video with that seed, starting at 0.

    Raises
    ------
    AsistError
        There is no room for the objects.
    """
    from napari_asist.simulation.simulate import simulate_video
    from napari_asist.workflow.annotations import annotation_seed

    return simulate_video(settings, annotation_seed(seed), number)


def render(
    video: LabelVideo, settings: "MicroscopeSettings | None" = None, seed: int = 0
) -> "NDArray[np.uint16]":
    """Render a label video as a microscope would show it.

    Parameters
    ----------
    video : LabelVideo
    settings : MicroscopeSettings, optional
        Optics, camera and brightness; those of a typical microscope by default.
    seed : int

    Returns
    -------
    ndarray of uint16, shape (T, Y, X)
    """
    from napari_asist.microscope.render import render_video
    from napari_asist.microscope.settings import MicroscopeSettings

    return render_video(video, settings or MicroscopeSettings(), seed)


def evaluate(
    truth: str | Path | LabelVideo,
    result: str | Path | LabelVideo,
    margin: int = 0,
    segmentation: str | Path | None = None,
) -> "Scores":
    """Score a result against ground truth.

    Parameters
    ----------
    truth : str, Path or LabelVideo
        A ``01_GT`` folder, or labels of whole objects in each frame.
    result : str, Path or LabelVideo
        A ``01_RES`` folder, or tracked labels.
    margin : int
        Objects entirely within this many pixels of the border are ignored; the
        challenge uses 25 for HeLa and PSC.
    segmentation : str or Path, optional
        Where to find the masks for SEG if not in `truth`, such as ``01_ST``.

    Raises
    ------
    AsistError
        Ground truth and result do not match, or break the challenge's rules.
    """
    from napari_asist import evaluation
    from napari_asist.ctc import read_ctc
    from napari_asist.errors import AsistError
    from napari_asist.evaluation.compare import comparing

    masks = None if segmentation is None else Path(segmentation)
    if isinstance(truth, LabelVideo):
        if masks is not None:
            raise AsistError(
                "A label video as ground truth has its own masks; omit segmentation, "
                "or pass the ground truth as a folder."
            )
        labels = result if isinstance(result, LabelVideo) else read_ctc(Path(result))
        return evaluation.evaluate_videos(truth, labels, margin)
    if isinstance(result, LabelVideo):
        work = comparing(Path(truth), result.checked(), margin, masks)
        return result_of(work).scores
    return evaluation.evaluate(Path(truth), Path(result), margin, masks)


def track_table(video: LabelVideo) -> "pd.DataFrame":
    """Return the tracks of a label video as a table, one row per track.

    Parameters
    ----------
    video : LabelVideo

    Returns
    -------
    DataFrame
        Columns ``track``, ``parent`` (0 for none), ``first_frame`` and ``last_frame``
        as numbered on disk, ``frames`` in which the object is present, ``children``,
        ``mean_area`` (px²), ``mean_speed`` (px/frame) and ``mean_confidence`` (0 to 1,
        NaN if unknown).
    """
    import pandas as pd

    from napari_asist.measurement.objects import measure_objects
    from napari_asist.measurement.tracks import track_statistics

    found = track_statistics(video, measure_objects(video.labels))
    return pd.DataFrame(
        {
            "track": found["label"],
            "parent": found["parent"],
            "first_frame": found["begin"] + video.first_frame,
            "last_frame": found["end"] + video.first_frame,
            "frames": found["length"],
            "children": found["children"],
            "mean_area": found["area"],
            "mean_speed": found["speed"],
            "mean_confidence": found["confidence"],
        }
    )


def track_graph(video: LabelVideo) -> "networkx.DiGraph":
    """Return a label video as a graph with a node for each object in each frame.

    Parameters
    ----------
    video : LabelVideo

    Returns
    -------
    networkx.DiGraph
        Nodes are (frame, label), frames as numbered on disk, with the center ``y``,
        ``x`` (px) and the ``area`` (px²). Edges lead to the same object in the next
        frame in which it is present, and from a mother's last frame to the first frame
        of each daughter.
    """
    import networkx

    from napari_asist.measurement.objects import measure_objects

    graph = networkx.DiGraph()
    last: dict[int, tuple[int, int]] = {}
    first: dict[int, tuple[int, int]] = {}
    for label, time, y, x, area in measure_objects(video.labels).tolist():
        node = (time + video.first_frame, label)
        graph.add_node(node, y=y, x=x, area=area)
        if label in last:
            graph.add_edge(last[label], node)
        first.setdefault(label, node)
        last[label] = node
    for label, parent in video.tracks[["label", "parent"]].tolist():
        if parent in last and label in first:
            graph.add_edge(last[parent], first[label])
    return graph


def _run(
    video: Any,
    run: str | Path,
    preset: str,
    recipe: Recipe | None,
    channel: int | None,
    stop: StopFlag | None,
    progress: bool,
    tracks: bool,
) -> Path:
    from napari_asist.workflow.run import ALL_STAGES, run_stages

    wanted = recipe or make_recipe(preset)
    stages = ALL_STAGES if tracks else ALL_STAGES[:-1]
    videos = _opened(video, channel)
    work = run_stages(videos, wanted, Path(run), stop or StopFlag(), channel, stages)
    return _done(work, progress)


def _opened(video: Any, channel: int | None) -> "list[Video]":
    """Open one video, or each video in a list."""
    from napari_asist.video import Video, open_video

    several = isinstance(video, list | tuple) and all(
        isinstance(one, str | Path | Video) for one in video
    )
    return [open_video(one, channel) for one in (video if several else [video])]


def _done(work: Work[Result], progress: bool) -> Result:
    return show(work) if progress else result_of(work)
