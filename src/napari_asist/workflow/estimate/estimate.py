"""Simulator settings for a video, with the recipe's number and size of videos."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from napari_asist.errors import AsistError
from napari_asist.events import Work
from napari_asist.resampling import scale_factor
from napari_asist.settings import explain
from napari_asist.simulation.rescale import rescaled
from napari_asist.simulation.settings import SimulatorSettings
from napari_asist.workflow.estimate.feasible import with_room
from napari_asist.workflow.joined_frames import at_scale, hidden_pixels, joined
from napari_asist.workflow.recipe import EstimateSettings, Recipe
from napari_asist.workflow.scale import objects_of_videos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_asist.estimation.estimate import Estimate
    from napari_asist.video import Video


COUNTS = ("objects", "appearing", "disappearing", "mitoses")


def estimate_videos(
    videos: "Sequence[Video]",
    settings: EstimateSettings,
    seed: int,
    radius: float,
    sampled: int | None = None,
) -> "Work[tuple[Estimate, SimulatorSettings]]":
    """Estimate the simulator's settings from microscope videos, without labels.

    Parameters
    ----------
    videos : sequence of Video
        Frames of different sizes are cropped to a common size.
    settings : EstimateSettings
        If it names no simulator, the videos determine it.
    seed : int
        Seed of the recipe; there is room for all objects in the label videos of this
        seed.
    radius : float
        Radius of a typical object, in px of the videos, which are analyzed and
        simulated at the standard scale.
    sampled : int, optional
        Approximate number of frames to measure.

    Returns
    -------
    estimate, simulator : Estimate, SimulatorSettings
        The settings have the recipe's number and size of videos and the estimated
        number of objects for that area, or fewer if there is no room. All lengths are
        in px of the videos.

    Raises
    ------
    AsistError
        The videos have too few frames to estimate from, or show no objects.
    """
    from napari_asist.estimation.estimate import SAMPLED_FRAMES, estimating
    from napari_asist.estimation.object_scale import estimating_object

    frames = joined(videos)
    factor = scale_factor(radius)
    kind = settings.simulator
    if kind is None:
        kind = (yield from estimating_object(frames, None, radius)).kind
    estimate = yield from estimating(
        at_scale(frames, factor),
        kind,
        sampled or SAMPLED_FRAMES,
        border=settings.border,
        border_exponent=settings.border_exponent,
        hidden=hidden_pixels(videos, factor),
    )
    standard = resized(estimate.settings, settings)
    if factor != 1:
        height, width = frames[0].shape
        estimate = estimate.before(factor, (height, width))
    simulator = rescaled(standard, 1 / factor)
    # The simulated settings have been rounded twice, which changes placement.
    fitting = yield from with_room(rescaled(simulator, factor), seed)
    counts = {name: getattr(fitting, name) for name in COUNTS if hasattr(fitting, name)}
    return estimate, simulator.changed(**counts)


def estimate_for(
    videos: "Sequence[Video]", recipe: Recipe
) -> "Work[tuple[Estimate, Recipe]]":
    """Estimate what a recipe leaves open: object radius, simulator, settings.

    Parameters
    ----------
    videos : sequence of Video
        Objects are bright, see `napari_asist.workflow.prepared.prepared`.
    recipe : Recipe
        Its ``simulation`` is ignored.

    Returns
    -------
    estimate, recipe : Estimate, Recipe
        The recipe, including the simulation.
    """
    objects = yield from objects_of_videos(videos, recipe.changed(simulation=None))
    settings = recipe.estimate.changed(simulator=objects.simulator)
    estimate, simulation = yield from estimate_videos(
        videos, settings, recipe.seed, objects.radius
    )
    return estimate, recipe.changed(simulation=simulation.model_dump())


def resized(
    simulator: SimulatorSettings, settings: EstimateSettings
) -> SimulatorSettings:
    """Return settings for videos of another size, with as many objects per area.

    Crowding multiplies the number of objects as far as there is room; above 1 it also
    replaces clusters, and placement is even. Appearing and disappearing objects and
    divisions also keep their number per frame.

    Parameters
    ----------
    simulator : SimulatorSettings
    settings : EstimateSettings
    """
    crowding = settings.crowding
    while True:
        try:
            return simulator.changed(**_sizes(simulator, settings, crowding))
        except ValidationError as error:
            if crowding <= 1:
                raise AsistError(
                    f"Videos of {settings.height} × {settings.width} px cannot be "
                    f"simulated with the estimated settings ({explain(error)}); set "
                    "simulation in a recipe."
                ) from error
        crowding = max(1.0, 0.9 * crowding)


def _sizes(
    simulator: SimulatorSettings, settings: EstimateSettings, crowding: float
) -> dict[str, int]:
    area = settings.height * settings.width / (simulator.height * simulator.width)
    values: dict[str, int] = {
        "videos": settings.videos,
        "frames": settings.frames,
        "height": settings.height,
        "width": settings.width,
        "objects": max(1, round(simulator.objects * area * crowding)),
    }
    if settings.crowding > 1:
        values["clustering"] = 0
    events = area * crowding * settings.frames / simulator.frames
    return values | simulator.events_times(events, values["objects"])
