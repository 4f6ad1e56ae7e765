"""A trained model, and the one code path from a video to its tracks."""

from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_asist.errors import AsistError
from napari_asist.events import Note, StopFlag, Work, result_of, stoppable
from napari_asist.labels import LabelVideo
from napari_asist.progress import show
from napari_asist.resampling import STANDARD_RADIUS, scale_factor
from napari_asist.scaling import IntensityScaling, fit_scaling
from napari_asist.threads import computed_ahead
from napari_asist.tracking.doubt import doubt_about
from napari_asist.workflow.export.tracked import scratch_beside, writing_tracked
from napari_asist.workflow.hold_out import calibrated
from napari_asist.workflow.joined_frames import at_scale
from napari_asist.workflow.model_file import MODEL, STANDARD, settings_of_use
from napari_asist.workflow.prepared import prepared, restored
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.pretrained import KINDS, pretrained_weights
from napari_asist.workflow.recipe import Recipe, make_recipe, read_recipe
from napari_asist.workflow.run_folder.fingerprint import hash_frames
from napari_asist.workflow.run_folder.folder import RECIPE, RunFolder
from napari_asist.workflow.scale import (
    in_shape,
    kept_radius,
    kind_of,
    objects_of_videos,
)
from napari_asist.workflow.seeds import derive_seed

if TYPE_CHECKING:
    from napari_asist.video import Video

ABOUT_MODEL = "model"
"""Stage of notes on how well a model suits a video."""

NEEDED_TO_TRACK = ("napari_asist.depth.maps", "napari_asist.tracking.depth.track")
"""Modules that take seconds to import."""


@dataclass(frozen=True)
class Model:
    """A trained network with everything that determines its result for a video.

    The command line, runs, the plugin and scripts all track with it, so they give the
    same labels for the same video.

    Parameters
    ----------
    weights : Path
        File of the network's weights, which also stores the settings for its use.
    recipe : Recipe
        Provides the engine, seed and intensity scaling, the engine's tracking settings,
        and the radius of objects (``scale.object_radius``).
    run : Path or None
        Run folder in which the network was trained.
    """

    weights: Path
    recipe: Recipe
    run: Path | None = None

    @classmethod
    def load(cls, path: str | Path, recipe: Recipe | None = None) -> "Model":
        """Load a trained model.

        Parameters
        ----------
        path : str or Path
            A run folder, a ``model.safetensors``, or the name of a ready-made model.
        recipe : Recipe, optional
            Replaces the settings that the model was trained with, except for the
            engine, which is always the model's own.

        Raises
        ------
        AsistError
            There is no such model, or its settings are from another version.
        """
        weights, run = find_model(Path(path))
        wanted = recipe_of_model(Path(path)) if recipe is None else recipe
        use = settings_of_use(weights)
        kind = kind_of(wanted) or use.get("estimate", {}).get("simulator")
        estimate = wanted.estimate.changed(simulator=kind)
        wanted = wanted.changed(engine=use["engine"], estimate=estimate.model_dump())
        return cls(weights, wanted, run)

    @classmethod
    def pretrained(cls, name: str, recipe: Recipe | None = None) -> "Model":
        """Load a ready-made model, which was trained on simulations alone.

        Parameters
        ----------
        name : str
            ``nuclei`` or ``rods``.
        recipe : Recipe, optional
            See `load`.

        Raises
        ------
        AsistError
            There is no model of that name.
        """
        return cls.load(pretrained_weights(name), recipe)

    @cached_property
    def standard_radius(self) -> float | None:
        """Radius in px of the objects that the network was trained for.

        None for older models, which do not store it: frames are then not resampled.
        """
        radius = settings_of_use(self.weights).get(STANDARD)
        return None if radius is None else float(radius)

    def track(
        self,
        video: "Video",
        *,
        stop: StopFlag | None = None,
        progress: bool = True,
    ) -> LabelVideo:
        """Segment and track a video.

        Parameters
        ----------
        video : Video
            As returned by `napari_asist.open_video`.
        stop : StopFlag, optional
            When raised, tracking ends with `Stopped`.
        progress : bool
            Whether to show progress bars on stderr.

        Returns
        -------
        LabelVideo
            At the video's own resolution.

        Raises
        ------
        AsistError
            No object was found, or the video is too small for the network.
        Stopped
            If asked to stop.
        """
        work = self.tracking(video, stop or StopFlag())
        return show(work) if progress else result_of(work)

    def tracking(
        self,
        video: "Video",
        stop: StopFlag,
        scratch: Path | None = None,
        radius: float | None = None,
    ) -> Work[LabelVideo]:
        """Do the same as `track`, yielding events.

        Parameters
        ----------
        video : Video
        stop : StopFlag
        scratch : Path, optional
            Folder for a file that stores the labels, also those of the result; if
            omitted, labels are kept in memory.
        radius : float, optional
            Radius of a typical object, for a video that was prepared; determined by
            `objects_of` by default.
        """
        if radius is None:
            video, radius = yield from self.objects_of(video)
        standard = self.standard_radius
        factor = 1.0 if standard is None else scale_factor(radius, standard)
        frames = at_scale(video.frames, factor)
        scaling = fit_scaling(frames, self.recipe.scaling)
        is_depth = self.recipe.engine == "depth"
        work = self._on_maps if is_depth else self._on_embeddings
        tracked = yield from stoppable(work(video, frames, scaling, scratch), stop)
        if doubt := doubt_about(tracked):
            yield Note(ABOUT_MODEL, doubt)
        return restored(tracked, video, scratch)

    def tracking_into(
        self, video: "Video", result: Path, stop: StopFlag, radius: float | None = None
    ) -> Work[None]:
        """Track a video into a result folder, with a table of its tracks next to it.

        Parameters
        ----------
        video : Video
        result : Path
            ``…/01_RES``; the table becomes ``…/01_tracks.csv``. During the work, labels
            are stored on disk next to it.
        stop : StopFlag
        radius : float, optional
            See `tracking`.
        """
        with scratch_beside(result) as scratch:
            tracked = yield from self.tracking(video, stop, scratch, radius)
            yield from writing_tracked(tracked, result)

    def objects_of(
        self, video: "Video", digest: str | None = None
    ) -> "Work[tuple[Video, float]]":
        """Return a video prepared for analysis, and the radius of a typical object.

        The radius is taken from the recipe, or from the run if the video belongs to the
        run; otherwise it is estimated.

        Parameters
        ----------
        video : Video
        digest : str, optional
            SHA-256 of the video's frames, if known.

        Returns
        -------
        video : Video
            As `prepared` returns it.
        radius : float
            In px of the video.
        """
        if self.run is not None and digest is None:
            digest = yield from hash_frames(video.frames, video.name)
        hashes = [digest] if digest else []
        (bright,) = yield from prepared([video], self.recipe, self.run, hashes)
        if self.standard_radius is None:
            return bright, STANDARD_RADIUS
        recipe = self.recipe
        if recipe.scale.object_radius is None and self.run is not None:
            recipe = of_radius(recipe, kept_radius(self.run, digest))
        objects = yield from objects_of_videos([bright], recipe)
        return bright, objects.radius

    def _on_maps(
        self,
        video: "Video",
        frames: Any,
        scaling: IntensityScaling,
        scratch: Path | None,
    ) -> Work[LabelVideo]:
        from napari_asist.depth.maps import load_depth_model
        from napari_asist.tracking.depth.track import track_maps

        network = load_depth_model(self.weights, self.recipe.depth.device)
        maps = network.maps(frames, scaling)
        return (
            yield from track_maps(
                # While the network predicts the next frame, objects are separated.
                computed_ahead(next, repeat(maps, len(frames)), workers=1),
                len(frames),
                video.frames.shape[1:],
                STANDARD_RADIUS,
                self.recipe.depth_tracking,
                video.first_frame,
                scratch,
            )
        )

    def _on_embeddings(
        self,
        video: "Video",
        frames: Any,
        scaling: IntensityScaling,
        scratch: Path | None,
    ) -> Work[LabelVideo]:
        from napari_asist.embedding.embedder import load_embedder
        from napari_asist.tracking.track import track_video
        from napari_asist.training.device import choose_device

        device = self.recipe.embedding.device
        tracked = yield from track_video(
            frames,
            load_embedder(self.weights, device),
            scaling,
            calibrated(self.recipe.tracking, self.weights),
            derive_seed(self.recipe.seed, "track"),
            video.first_frame,
            scratch,
            choose_device(device),
        )
        return in_shape(tracked, video.frames.shape, scratch)


def find_model(path: Path) -> tuple[Path, Path | None]:
    """Return a model's weights and the run folder that it belongs to, if any.

    Parameters
    ----------
    path : Path
        A run folder, a file of weights, or the name of a ready-made model.

    Raises
    ------
    AsistError
        There is no trained model.
    """
    if str(path) in KINDS and not path.exists():
        return pretrained_weights(str(path)), None
    if path.is_dir():
        return RunFolder(path).done("network") / MODEL, path
    if not path.exists():
        raise AsistError(
            f"{path} is not a model; choose a run folder, a model.safetensors, or one "
            f"of the ready-made models: {', '.join(KINDS)}."
        )
    return path, None


def recipe_of_model(model: Path) -> Recipe:
    """Return the recipe for applying a trained model.

    Parameters
    ----------
    model : Path
        A run folder, whose recipe is used, or a file of weights, which stores the
        settings that it was trained with; the default preset supplies the others. No
        radius of objects is set, because each video has its own.

    Raises
    ------
    AsistError
        There is no trained model, or its settings are from another version.
    """
    weights, run = find_model(model)
    if run is not None and (run / RECIPE).exists():
        return of_radius(read_recipe(run / RECIPE), None)
    return make_recipe(DEFAULT_PRESET, changes=[model_settings(weights)])


def model_settings(model: Path) -> dict[str, object]:
    """Return the settings that a model was trained with, if its file stores them.

    Raises
    ------
    AsistError
        They are from another version.
    """
    settings = settings_of_use(model)
    settings.pop(STANDARD, None)
    try:
        make_recipe(changes=[settings])
    except AsistError as error:
        reason = str(error).removesuffix(".")
        raise AsistError(
            f"{model} stores settings of another version of napari-asist ({reason}); "
            "use --preset or --recipe instead."
        ) from error
    return settings


def of_radius(recipe: Recipe, radius: float | None) -> Recipe:
    """Return a recipe with another radius of objects, or none."""
    scale = recipe.scale.changed(object_radius=radius)
    return recipe.changed(scale=scale.model_dump())
