"""The stages of the method, in the order of the data flow.

Each works in a folder that may already contain part of its output, left by a stopped or
killed process, and resumes from there.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.cores import usable_cores
from napari_asist.errors import AsistError
from napari_asist.events import Note, StopFlag, Work, stoppable
from napari_asist.labels import LabelVideo
from napari_asist.refinement.settings import COMPUTING_FIELDS
from napari_asist.resampling import STANDARD_RADIUS, scale_factor
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.training.settings import TrainingSettings
from napari_asist.workflow.export.tracked import remove_drafts
from napari_asist.workflow.hold_out import (
    HOLD_OUT,
    calibrate,
    write_hold_out,
)
from napari_asist.workflow.joined_frames import JoinedFrames, at_scale
from napari_asist.workflow.model import Model
from napari_asist.workflow.model_file import MODEL, STANDARD
from napari_asist.workflow.prepared import preparation_of
from napari_asist.workflow.pretrained import ready_start
from napari_asist.workflow.recipe import NETWORK, TRACKING, Recipe
from napari_asist.workflow.run_folder.folder import SCRATCH, Plan, RunFolder
from napari_asist.workflow.run_folder.record import write_json
from napari_asist.workflow.run_folder.training_data import (
    read_training_video,
    write_training_images,
)
from napari_asist.workflow.scale import kind_of
from napari_asist.workflow.seeds import derive_seed

if TYPE_CHECKING:
    from napari_asist.depth.scenes import SceneSource
    from napari_asist.refinement.workers import FrameWorkers
    from napari_asist.simulation.settings import SimulatorSettings
    from napari_asist.video import Video

NUMBERED = "[0-9]*_GT"
"""The videos that networks learn from; a hold-out video is next to them."""


@dataclass(frozen=True)
class Job:
    """The input of a run.

    Parameters
    ----------
    run : RunFolder
    recipe : Recipe
        Has a ``simulation``.
    videos : sequence of Video
    hashes : sequence of str
        SHA-256 of each video's frames.
    stop : StopFlag
    radius : float
        Radius of a typical object, in px of the videos.
    """

    run: RunFolder
    recipe: Recipe
    videos: "Sequence[Video]"
    hashes: Sequence[str]
    stop: StopFlag
    radius: float = STANDARD_RADIUS

    @property
    def factor(self) -> float:
        """The factor by which frames are resampled to the standard scale."""
        return scale_factor(self.radius)

    @cached_property
    def frames(self) -> JoinedFrames:
        """The frames of all videos at the standard scale, one after the other."""
        return JoinedFrames(
            [at_scale(video.frames, self.factor) for video in self.videos]
        )

    @cached_property
    def scaling(self) -> IntensityScaling:
        """The intensity scaling that all videos share."""
        return fit_scaling(self.frames.cropped(), self.recipe.scaling)

    @property
    def simulator(self) -> "SimulatorSettings":
        """The simulator's settings at the standard scale."""
        from napari_asist.simulation.rescale import rescaled

        assert self.recipe.simulation is not None
        return rescaled(self.recipe.simulation, self.factor)

    def annotations(self) -> list[LabelVideo]:
        """Read the label videos that networks learn from."""
        from napari_asist.ctc import read_ctc

        folder = self.run.done("simulated")
        return [read_ctc(truth) for truth in sorted(folder.glob(NUMBERED))]


@dataclass(frozen=True)
class Stage:
    """A stage: its inputs, its output folder and its work.

    Parameters
    ----------
    name, folder : str
    sections : tuple of str
        Sections of the recipe that affect its output.
    after : tuple of str
        Folders of the stages that it reads.
    reads_videos : bool
    work : callable
        Fills a folder, continuing from any partial output.
    trains : bool
        Whether several processes can do it together.
    sees_scale : bool
        Whether the size of the video's objects affects its output.
    """

    name: str
    folder: str
    sections: tuple[str, ...]
    after: tuple[str, ...]
    reads_videos: bool
    work: Callable[[Job, Path], Work[None]]
    trains: bool = False
    sees_scale: bool = False

    def plan(self, job: Job) -> Plan:
        """Return what the stage is made from."""
        settings = job.recipe.sections(*job.recipe.used(self.sections))
        for section in settings.values():
            # Where and how it is computed does not affect what is learned.
            for name in (*TrainingSettings.model_fields, *COMPUTING_FIELDS):
                if isinstance(section, dict):
                    section.pop(name, None)
        if self.sees_scale:
            settings["scale"] = {
                "object_radius": job.radius,
                **preparation_of(job.videos),
            }
        return Plan(
            self.name,
            self.folder,
            settings,
            job.recipe.seed,
            self.after,
            # Not by name, because A/01 and B/01 have the same one.
            job.hashes if self.reads_videos else (),
        )


def simulate(job: Job, folder: Path) -> Work[None]:
    """Simulate label videos: ``01_GT``, ``02_GT``, … and ``hold_out_GT``."""
    from napari_asist.workflow.annotations import write_annotations

    yield from write_annotations(job.simulator, job.recipe.seed, folder, job.stop)
    write_hold_out(job.simulator, job.recipe.seed, folder, job.stop)


def synthesize(job: Job, folder: Path) -> Work[None]:
    """Train the networks that translate between labels and images."""
    from napari_asist.synthesis.train import train_synthesis

    yield from train_synthesis(
        job.frames,
        job.annotations(),
        job.simulator,
        job.scaling,
        job.recipe.synthesis,
        folder,
        derive_seed(job.recipe.seed, "synthesize"),
        job.stop,
    )


def refine(job: Job, folder: Path) -> Work[None]:
    """Make the training videos: synthetic frames ``01`` with refined labels ``01_GT``.

    The hold-out video is made the same way. ``01_refinement.json`` reports what
    refinement did. The labels are written last, so a video that has them is complete.
    Frames are kept in files, so memory does not grow with the videos.

    If the network learns from scenes rendered during training, the videos are a sample
    of such frames, for inspection and for the report.
    """
    from napari_asist.refinement.workers import FrameWorkers

    settings = job.recipe.refinement
    if job.recipe.draws_scenes:
        yield Note(
            "refine",
            "These videos are a sample for inspection; the network learns from new "
            "scenes, rendered during training.",
        )
    # Sending a frame to a process takes as long as the fast engines need for the work.
    # A registration takes many seconds; only in another process can it be stopped.
    count = max(2, usable_cores()) if settings.deformation == "ants" else 1
    with FrameWorkers(count, settings.scheduler) as workers:
        truths = sorted(job.run.done("simulated").glob("*_GT"))
        for number, truth in enumerate(truths, 1):
            if not (folder / truth.name).exists():
                yield from _refine_one(job, folder, number, truth, workers)


def _refine_one(
    job: Job, folder: Path, number: int, truth: Path, workers: "FrameWorkers"
) -> Work[None]:
    from napari_asist.ctc import read_ctc, write_ctc
    from napari_asist.estimation.drawn_borders import drawn_border
    from napari_asist.refinement.outlines import DrawnOutlines
    from napari_asist.refinement.refine import refine_video
    from napari_asist.synthesis.synthesize import synthesize_video

    name = truth.name.removesuffix("_GT")
    seed = derive_seed(job.recipe.seed, "refine", number)
    scratch = folder / SCRATCH / name
    annotation = read_ctc(truth, scratch / "annotation.raw")
    synthetic = yield from stoppable(
        synthesize_video(
            annotation,
            job.simulator,
            job.scaling,
            job.recipe.synthesis,
            job.run.done("synthesis"),
            seed,
            scratch,
        ),
        job.stop,
    )
    border = drawn_border(job.simulator, job.scaling)
    refined = yield from stoppable(
        refine_video(
            synthetic.annotation(annotation),
            synthetic.images,
            synthetic.masks,
            job.recipe.refinement,
            seed,
            workers,
            scratch,
            # The renderer has already drawn outlines, in noise-free light.
            DrawnOutlines(job.scaling, border) if synthetic.labels is None else None,
        ),
        job.stop,
    )
    if not len(refined.video.tracks) and name != HOLD_OUT:
        raise AsistError(
            "The synthetic frames show none of the simulated objects; delete "
            "synthesis and training.partial, increase synthesis.steps and run again."
        )
    write_training_images(refined.images, folder / name)
    write_json(folder / f"{name}_refinement.json", refined.report.as_record())
    write_ctc(refined.video, folder / truth.name, "truth")
    # On systems that cannot delete files in use, they are deleted when the stage is
    # done.
    shutil.rmtree(scratch, ignore_errors=True)


def train(job: Job, folder: Path) -> Work[None]:
    """Train the network that outlines objects: the depth network or the RSHN."""
    if job.recipe.engine == "depth":
        yield from _train_depth(job, folder)
    else:
        yield from _train_embedding(job, folder)


HELD_OUT_SCENES = 2
"""Scenes beyond those of the training on which a network is checked."""


def _train_depth(job: Job, folder: Path) -> Work[None]:
    """Train on new scenes of the fitted microscope, or on the training videos.

    The network is then checked on frames that were not used for training, and compared
    with the ready-made model from which it started.
    """
    from napari_asist.depth.scenes import LabeledVideos
    from napari_asist.depth.train import first_unseen, train_depth
    from napari_asist.training.ranks import ranks
    from napari_asist.workflow.depth_check import check_depth, keep_better

    recipe, seed = job.recipe, derive_seed(job.recipe.seed, "train")
    start = ready_start(job.simulator.kind, recipe.depth)
    training = job.run.path / "training"
    source: SceneSource | LabeledVideos
    if recipe.draws_scenes:
        source = _scene_source(job, seed)
    else:
        truths = sorted(job.run.done("training").glob(NUMBERED))
        videos = [read_training_video(truth) for truth in truths]
        source = LabeledVideos(videos, recipe.depth.scenes, seed)
    use = settings_for_use(recipe, job.radius)
    yield from train_depth(
        source.scene, recipe.depth, folder, seed, job.stop, use, start=start
    )
    if not ranks().is_first:
        return
    if isinstance(source, LabeledVideos):
        truth = training / f"{HOLD_OUT}_GT"
        unseen = [read_training_video(truth)] if truth.exists() else []
    else:
        first = first_unseen(recipe.depth)
        unseen = [source.labeled(first + more) for more in range(HELD_OUT_SCENES)]
    if not unseen:
        return
    known = folder / MODEL, job.scaling, recipe.depth, recipe.depth_tracking
    yield from stoppable(check_depth(unseen, *known), job.stop)
    if start is not None:
        frames = at_scale(job.videos[0].frames, job.factor)
        yield from stoppable(keep_better(start, unseen, frames, *known), job.stop)


def _scene_source(job: Job, seed: int) -> "SceneSource":
    from napari_asist.depth.scenes import SceneSource
    from napari_asist.estimation.drawn_borders import drawn_border
    from napari_asist.synthesis.engines.renderer import load_renderer

    return SceneSource(
        job.simulator,
        load_renderer(job.run.done("synthesis")),
        job.scaling,
        drawn_border(job.simulator, job.scaling),
        job.recipe.depth.scenes,
        seed,
    )


def _train_embedding(job: Job, folder: Path) -> Work[None]:
    from napari_asist.embedding.train import train_embedding
    from napari_asist.training.ranks import ranks

    training = job.run.done("training")
    yield Note("train", f"Reading the training videos in {training}.")
    videos = [read_training_video(truth) for truth in sorted(training.glob(NUMBERED))]
    yield from train_embedding(
        videos,
        job.recipe.embedding,
        folder,
        derive_seed(job.recipe.seed, "train"),
        job.stop,
        settings_for_use(job.recipe, job.radius),
    )
    if ranks().is_first:
        yield from calibrate(
            training,
            folder / MODEL,
            job.recipe.embedding,
            job.recipe.tracking,
            derive_seed(job.recipe.seed, "track"),
        )


def settings_for_use(recipe: Recipe, radius: float) -> dict[str, Any]:
    """Return what a model's file stores: how to use it, and at which scale.

    Parameters
    ----------
    recipe : Recipe
        The embedding settings of the training.
    radius : float
        Radius of a typical object, in px of the videos.
    """
    return {
        **recipe.sections(*recipe.used(("scaling", *TRACKING))),
        # So that the object size of another video is estimated in the same way.
        "estimate": {"simulator": kind_of(recipe)},
        # Not exactly the standard radius if it was so close that nothing was resampled.
        STANDARD: radius * scale_factor(radius),
    }


def track(job: Job, folder: Path) -> Work[None]:
    """Segment and track the microscope videos: ``01_RES``, ``02_RES``, …."""
    from napari_asist.ctc import result_name

    model = Model(job.run.done("network") / MODEL, job.recipe)
    for number, video in enumerate(job.videos, 1):
        result = folder / result_name(number)
        if not result.exists():
            yield from model.tracking_into(video, result, job.stop, job.radius)
        else:  # a process that was killed may not have cleaned up after itself
            remove_drafts(result)


STAGES = (
    Stage(
        "simulate",
        "simulated",
        ("simulation",),
        (),
        False,
        simulate,
        sees_scale=True,
    ),
    Stage(
        "synthesize",
        "synthesis",
        ("scaling", "synthesis"),
        ("simulated",),
        True,
        synthesize,
        trains=True,
        sees_scale=True,
    ),
    Stage(
        "refine", "training", ("refinement",), ("simulated", "synthesis"), False, refine
    ),
    Stage("train", "network", NETWORK, ("training",), False, train, trains=True),
    Stage(
        "track",
        "result",
        ("scaling", *TRACKING),
        ("network",),
        True,
        track,
        sees_scale=True,
    ),
)
