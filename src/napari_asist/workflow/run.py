"""A run: from microscope videos to tracks, resumed where it stopped."""

import json
import math
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from napari_asist.errors import AsistError
from napari_asist.events import Entered, Note, Result, StopFlag, Work, stoppable
from napari_asist.resampling import scale_factor, standard_shape
from napari_asist.training.ranks import ranks_of_environment
from napari_asist.workflow.distributed import following, leading, working
from napari_asist.workflow.export.check import check_result
from napari_asist.workflow.preflight import refuse_impossible
from napari_asist.workflow.prepared import preparation_of, prepared
from napari_asist.workflow.pretrained import ready_start
from napari_asist.workflow.recipe import TRACKING_OF, Recipe, write_recipe
from napari_asist.workflow.run_folder.claim import claimed
from napari_asist.workflow.run_folder.earlier_times import expected_seconds
from napari_asist.workflow.run_folder.event_log import EventLog
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.run_folder.folder import RECIPE, RunFolder
from napari_asist.workflow.run_folder.record import (
    RECORD,
    StageRecord,
    machine,
    versions,
    write_json,
)
from napari_asist.workflow.scale import (
    VideoObjects,
    objects_of_run,
)
from napari_asist.workflow.stages import STAGES, Job, Stage

if TYPE_CHECKING:
    from napari_asist.simulation.settings import SimulatorKind, SimulatorSettings
    from napari_asist.video import Video

ESTIMATE = "estimate.json"
ESTIMATE_PICTURE = "estimate.png"
ALL_STAGES = tuple(stage.name for stage in STAGES)


def run_stages(
    videos: "Path | Video | Sequence[Path | Video]",
    recipe: Recipe,
    out: Path,
    stop: StopFlag,
    channel: int | None = None,
    stages: Collection[str] = ALL_STAGES,
) -> Work[Path]:
    """Run the stages of the method on microscope videos.

    Stages that the run folder already has are not repeated; a stage that was stopped or
    killed resumes. Under torchrun the first rank does all of it, and the others join
    for training.

    Parameters
    ----------
    videos : Path, Video, or sequence of them
        TIFF stacks, folders of frames, CTC sequences, or open videos; the networks are
        trained for all of them and each is tracked.
    recipe : Recipe
        If ``simulation`` is None, it is estimated from the videos.
    out : Path
        The run folder; created if it does not exist.
    stop : StopFlag
        When set, the work is saved and ends with `Stopped`.
    channel : int, optional
        Channel of videos that have several; only for paths.
    stages : collection of str
        Names of the stages to run; the earlier stages that they need must be done.

    Returns
    -------
    Path
        ``out/result``.

    Raises
    ------
    AsistError
        The folder is in use, has other contents, or was made from other settings or
        videos, or no object was found; all output is kept.
    Stopped
        If asked to stop.
    """
    from napari_asist.video import Video, open_video

    requested = [videos] if isinstance(videos, Path | Video) else list(videos)
    if not requested:
        raise AsistError("There is no video to process; specify at least one.")
    opened = [
        video if isinstance(video, Video) else open_video(video, channel)
        for video in requested
    ]
    if not ranks_of_environment().is_first:
        yield from following(opened, out, stop)
        return out / "result"
    with claimed(out):
        log = EventLog(out)
        try:
            work = leading(
                _run_stages(opened, recipe, RunFolder(out), stop, channel, stages)
            )
            if ranks_of_environment().size == 1:
                # Ranks stop only together, after a step.
                work = stoppable(work, stop, saves=True)
            yield from _logged(work, log)
        except BaseException as error:
            text = str(error) or type(error).__name__
            log.add(Note("run", f"Ended early: {text}"))
            raise
        finally:
            log.close()
    return out / "result"


def _run_stages(
    videos: "Sequence[Video]",
    recipe: Recipe,
    run: RunFolder,
    stop: StopFlag,
    channel: int | None,
    stages: Collection[str],
) -> Work[None]:
    from napari_asist.ctc import RESULT_SUFFIX

    left = [
        stage.name
        for stage in STAGES
        if stage.name in stages and not run.is_done(stage.folder)
    ]
    refuse_impossible(run.path, videos, recipe, left)
    job = yield from stoppable(_job(videos, recipe, run, stop), stop)
    run.check([stage.plan(job) for stage in STAGES])
    write_recipe(job.recipe, run.path / RECIPE)
    _write_record(job, channel)
    wanted = [stage for stage in STAGES if stage.name in stages]
    for number, stage in enumerate(wanted, 1):
        if not run.is_done(stage.folder):
            yield _entered(job, wanted, number)
        yield from _do(stage, job)
        _write_record(job, channel)
    if "track" in stages:
        for result in sorted(run.done("result").glob(f"*{RESULT_SUFFIX}")):
            yield from stoppable(check_result(result), stop)


def _job(
    videos: "Sequence[Video]", recipe: Recipe, run: RunFolder, stop: StopFlag
) -> Work[Job]:
    """Prepare the videos, and determine what the recipe leaves open."""
    from napari_asist.tracking.repair.repair import refuse_wide_margin

    hashes = []
    for video in videos:
        hashes.append((yield from hash_frames(video.frames, video.name)))
    _refuse_other_videos(videos, hashes, recipe, run.path)
    videos = yield from prepared(videos, recipe, run.path, hashes)
    objects = yield from objects_of_run(videos, hashes, recipe, run.path)
    radius = objects.radius
    margin = getattr(recipe, TRACKING_OF[recipe.engine]).margin
    for video in videos:
        # The depth engine measures the margin at the video's own resolution.
        factor = 1.0 if recipe.engine == "depth" else scale_factor(radius)
        size = standard_shape(video.frames.shape, factor)
        refuse_wide_margin((len(video.frames), *size), margin)
    if recipe.simulation is None:
        simulation = yield from _estimated(videos, hashes, recipe, run.path, objects)
        recipe = recipe.changed(simulation=simulation.model_dump())
    recipe = with_smallest_track(recipe, radius)
    recipe = yield from _with_start(recipe, objects.simulator)
    return Job(run, recipe, videos, hashes, stop, radius)


def _refuse_other_videos(
    videos: "Sequence[Video]", hashes: Sequence[str], recipe: Recipe, run: Path
) -> None:
    """Raise an error if the simulator was estimated from other frames in this run."""
    try:
        kept = json.loads((run / ESTIMATE).read_text(encoding="utf-8"))
        is_other = kept["asked"]["videos"] != list(hashes)
        simulation = kept["simulation"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    asked = recipe.simulation and recipe.simulation.model_dump(mode="json")
    if is_other and asked == simulation:
        names = ", ".join(str(video.path or video.name) for video in videos)
        raise AsistError(
            f"{run} was made from other frames than those of {names}; choose another "
            "--out for this video, or restore the earlier one."
        )


SMALLEST, MOST = 0.8, 0.5
"""Area below which a track is no object: as a fraction of that of the smallest
simulated one, because outlines are not exact, and at most this fraction of a typical
one, because simulated objects may differ less in size than real ones."""


def with_smallest_track(recipe: Recipe, radius: float) -> Recipe:
    """Take the area that tracks must reach from the simulator, if it is not specified.

    Parameters
    ----------
    recipe : Recipe
        Has a ``simulation``.
    radius : float
        Radius of a typical object, in px of the video.
    """
    simulation = recipe.simulation
    is_set = recipe.depth_tracking.smallest_track is not None
    if recipe.engine != "depth" or simulation is None or is_set:
        return recipe
    typical = max(simulation.typical_area, math.pi * radius**2)
    smallest = min(round(SMALLEST * simulation.smallest_area / typical, 3), MOST)
    tracking = recipe.depth_tracking.changed(smallest_track=smallest)
    return recipe.changed(depth_tracking=tracking.model_dump())


def _with_start(recipe: Recipe, kind: "SimulatorKind") -> Work[Recipe]:
    """Decide from which weights the depth network starts, and for how many steps."""
    if recipe.engine != "depth":
        return recipe
    start = ready_start(kind, recipe.depth)
    if start is not None:
        yield Note(
            "train",
            f"Training starts from the ready-made model “{start.stem}”; --from scratch "
            "starts from random weights.",
        )
    depth = recipe.depth.changed(start="scratch" if start is None else "ready-made")
    depth = depth.changed(steps=depth.total_steps)
    return recipe.changed(depth=depth.model_dump())


def _entered(job: Job, stages: Sequence[Stage], number: int) -> Entered:
    """Return the event of entering a stage, with what earlier runs say about time."""
    stage, left = stages[number - 1], stages[number - 1 :]
    pixels = sum(math.prod(_recorded_shape(video)) for video in job.videos)
    names = tuple(one.name for one in left)
    expected = expected_seconds(job.run.path, job.recipe, pixels, names)
    mine = expected.pop(stage.name, None)
    partial = job.run.existing(stage.folder)
    if mine is not None and partial is not None and (partial / RECORD).exists():
        mine = max(0.0, mine - StageRecord.read(partial).seconds)
    later = [
        expected.get(one.name) for one in left[1:] if not job.run.is_done(one.folder)
    ]
    known = [seconds for seconds in later if seconds is not None]
    total = sum(known) if len(known) == len(later) else None
    return Entered(stage.name, number, len(stages), mine, total)


def _recorded_shape(video: "Video") -> tuple[int, ...]:
    recorded = video.recorded or video.frames
    return tuple(recorded.shape)


def _do(stage: Stage, job: Job) -> Work[None]:
    if job.run.is_done(stage.folder):
        yield Note(stage.name, f"{stage.folder} already exists.")
        return
    job.stop.raise_if_set()
    plan = stage.plan(job)
    folder = job.run.open(plan)
    yield Note(stage.name, f"Working in {folder}.")
    started = time.monotonic()
    try:
        yield from working(stage, job, folder)
    finally:
        job.run.spend(plan, time.monotonic() - started)
    job.run.close(plan)


def _estimated(
    videos: "Sequence[Video]",
    hashes: Sequence[str],
    recipe: Recipe,
    run: Path,
    objects: VideoObjects,
) -> "Work[SimulatorSettings]":
    """Estimate once and store the settings, so that a resumed run uses the same."""
    from napari_asist.simulation.settings import SimulatorSettings, with_current_kinds
    from napari_asist.workflow.estimate.estimate import estimate_videos
    from napari_asist.workflow.estimate.picture import write_estimate_picture

    settings = recipe.estimate.changed(simulator=objects.simulator)
    requested = {
        "videos": list(hashes),
        "estimate": settings.model_dump(),
        "object_radius": objects.radius,
        "seed": recipe.seed,
        **preparation_of(videos),
    }
    path = run / ESTIMATE
    try:
        kept = with_current_kinds(json.loads(path.read_text(encoding="utf-8")))
        if kept["asked"] == requested:
            adapter: TypeAdapter[SimulatorSettings] = TypeAdapter(SimulatorSettings)
            return adapter.validate_python(kept["simulation"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        pass  # there is none, or it is from another version
    estimate, simulation = yield from estimate_videos(
        videos, settings, recipe.seed, objects.radius
    )
    for line in estimate.summary().splitlines():
        yield Note("estimate", line)
    write_estimate_picture(estimate, videos, run / ESTIMATE_PICTURE, recipe.scaling)
    write_json(
        path,
        {
            "asked": requested,
            "summary": estimate.summary(),
            "measured": estimate.statistics.as_dict(),
            "simulation": simulation.model_dump(mode="json"),
        },
    )
    return simulation


def _write_record(job: Job, channel: int | None) -> None:
    path = job.run.path / RECORD
    record: dict[str, Any] = {
        "videos": [
            {
                "path": str(video.path.resolve()) if video.path else None,
                "name": video.name,
                "frames": list(_recorded_shape(video)),
                "first_frame": video.first_frame,
                "sha256": digest,
                **({"made_from": video.made_from} if video.made_from else {}),
            }
            for video, digest in zip(job.videos, job.hashes, strict=True)
        ],
        "channel": channel,
        "seconds": {
            stage.name: StageRecord.read(job.run.done(stage.folder)).seconds
            for stage in STAGES
            if job.run.is_done(stage.folder)
        },
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "machine": machine(),
    }
    write_json(path, record)


def _logged(work: Work[Result], log: EventLog) -> Work[Result]:
    while True:
        try:
            event = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        log.add(event)
        yield event
