"""Starting points for the simulator's settings, and the form that they fill."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from qtpy.QtCore import QObject, QSignalBlocker, Signal

from napari_asist.errors import AsistError
from napari_asist.events import Work
from napari_asist.plugin.forms.fields import ChoiceField
from napari_asist.plugin.forms.settings_form import SettingsForm
from napari_asist.settings import explain
from napari_asist.simulation.paper_sets import SIMULATION_PRESETS
from napari_asist.simulation.settings import SimulatorSettings, simulators
from napari_asist.video import Video
from napari_asist.workflow.estimate.estimate import resized
from napari_asist.workflow.estimate.match import VideoMatch, matching_video
from napari_asist.workflow.recipe import EstimateSettings, Recipe

DIGITS = 4
"""Significant digits of a measured setting in the form."""


def starting_points(kind: str) -> dict[str, SimulatorSettings]:
    """Return the settings that a user can start from, by name.

    For each of the paper's sets of videos, these are the settings of its first video.

    Parameters
    ----------
    kind : str
        Kind of simulator.
    """
    points: dict[str, SimulatorSettings] = {"defaults": simulators()[kind]()}
    for name, preset in SIMULATION_PRESETS.items():
        first, count = preset.videos[0], len(preset.videos)
        if first.kind == kind:
            points[f"paper: {name}"] = first.changed(videos=count)
    return points


def sized(
    settings: SimulatorSettings, size: tuple[int, int] | None
) -> SimulatorSettings:
    """Return settings for frames of another size, with the same object density.

    Raises
    ------
    AsistError
        Frames of that size cannot be simulated.
    """
    if size is None or size == settings.field:
        return settings
    requested = _estimate_settings(EstimateSettings(), settings, size)
    return resized(settings, requested).changed(frames=settings.frames)


def matching(
    video: Video, settings: SimulatorSettings, recipe: Recipe
) -> Work[VideoMatch]:
    """Estimate settings from a video, for frames of the video's size.

    Parameters
    ----------
    video : Video
    settings : SimulatorSettings
        Determines the simulator and the numbers of videos and frames.
    recipe : Recipe
        Determines where outlines end, the size of objects, and the seed.

    Raises
    ------
    AsistError
        The video shows no objects, or cannot be simulated.
    """
    requested = recipe.changed(
        simulation=None, estimate={**dict(recipe.estimate), "simulator": settings.kind}
    )
    height, width = video.frames.shape[1:]
    sizes = _estimate_settings(recipe.estimate, settings, (height, width))
    match = yield from matching_video(video, sizes, requested)
    return replace(match, settings=sized(match.settings, (height, width)))


def _estimate_settings(
    base: EstimateSettings, settings: SimulatorSettings, size: tuple[int, int]
) -> EstimateSettings:
    try:
        return base.changed(
            simulator=settings.kind,
            videos=settings.videos,
            frames=max(2, settings.frames),
            height=size[0],
            width=size[1],
            crowding=1,
        )
    except ValidationError as error:
        raise AsistError(
            f"These frames cannot be simulated: {explain(error)}."
        ) from error


def readable(settings: Any) -> Any:
    """Return measured settings with as many digits as a measurement has.

    Parameters
    ----------
    settings : SimulatorSettings
    """
    return type(settings).model_validate(_rounded(settings.model_dump()))


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


class FormFilling(QObject):
    """Keeps the simulator choice, the starting point and the form in sync.

    Parameters
    ----------
    simulator, start : ChoiceField
    form : SettingsForm
    parent : QObject
    """

    begun = Signal()
    """The user chose settings to start from; the form emits no signal then."""

    def __init__(
        self,
        simulator: ChoiceField,
        start: ChoiceField,
        form: SettingsForm,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._simulator, self._start, self._form = simulator, start, form
        simulator.set_value(form.value.noun)
        self._list_starts()
        simulator.changed.connect(self._change_simulator)
        start.activated.connect(self._take_start)

    def fill(self, settings: Any) -> None:
        """Show settings that do not come from a starting point."""
        self._fill(settings)
        self._start.setCurrentIndex(-1)

    def _change_simulator(self) -> None:
        kinds = {model.noun: kind for kind, model in simulators().items()}
        self._begin(starting_points(kinds[self._simulator.value()])["defaults"])

    def _take_start(self) -> None:
        self._begin(starting_points(self._form.value.kind)[self._start.value()])

    def _begin(self, settings: Any) -> None:
        with QSignalBlocker(self._form):
            self._fill(settings)
        self.begun.emit()

    def _fill(self, settings: Any) -> None:
        is_other_kind = settings.kind != self._form.value.kind
        self._simulator.set_value(settings.noun)
        self._form.set_value(settings)
        if is_other_kind:
            self._list_starts()

    def _list_starts(self) -> None:
        self._start.clear()
        self._start.addItems(list(starting_points(self._form.value.kind)))
