"""What the panels of one viewer share: the video, the recipe, the run, the result."""

import weakref
from pathlib import Path
from typing import Any

from napari import Viewer
from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_asist.plugin.layers.scale_and_time import ScaleAndTime
from napari_asist.plugin.preferences import preferred
from napari_asist.plugin.result.aside import ResultsAside
from napari_asist.plugin.result.corrections import Corrections
from napari_asist.plugin.result.result_layers import ResultLayers
from napari_asist.plugin.work.run_work import RunWork
from napari_asist.workflow.presets import DEFAULT_PRESET
from napari_asist.workflow.recipe import Recipe, make_recipe, read_recipe
from napari_asist.workflow.run_folder.folder import RECIPE

_sessions: "weakref.WeakKeyDictionary[Viewer, Session]" = weakref.WeakKeyDictionary()


class Session(QObject):
    """The state of one viewer, which outlives the docks that show it.

    Each value is set through its method, which notifies all panels of a change.

    Parameters
    ----------
    viewer : Viewer
        Held weakly, so that a session does not keep a closed window alive.
    """

    video_changed = Signal()
    recipe_changed = Signal()
    run_changed = Signal()

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self.layer: Image | None = None
        """The layer with the microscope video."""
        viewer.layers.events.removed.connect(self._drop_layer)
        self.recipe: Recipe = preferred(make_recipe(DEFAULT_PRESET))
        self.run: Path | None = None
        """The run folder."""
        self.work = RunWork(self)
        """The work running in the run folder, here or in another process."""
        self.result = ResultLayers(viewer, self)
        self.corrections = Corrections(self.result, self)
        self.aside = ResultsAside(viewer, self.result, self.corrections, self)
        self.video_changed.connect(lambda: self.aside.follow_video(self.layer))
        self._scale_and_time = ScaleAndTime(viewer, self)

    def set_layer(self, layer: Image | None) -> None:
        """Choose the microscope video by its layer, or by the layer's plugin proxy."""
        layer = getattr(layer, "__wrapped__", layer)
        if layer is not self.layer:
            self.layer = layer
            self._scale_and_time.follow(layer)
            self.video_changed.emit()

    def set_recipe(self, recipe: Recipe) -> None:
        """Set the recipe."""
        if recipe != self.recipe:
            self.recipe = recipe
            self.recipe_changed.emit()

    def set_run(self, run: Path | None) -> None:
        """Choose a run folder and load its settings; a run rejects any others.

        Parameters
        ----------
        run : Path or None

        Raises
        ------
        AsistError
            Its settings cannot be read; the previous folder is kept.
        """
        recipe = self.recipe
        if run is not None and (run / RECIPE).exists():
            recipe = read_recipe(run / RECIPE)
        is_other, self.run = run != self.run, run
        self.set_recipe(recipe)
        if is_other:
            self.work.follow(run)
            self.run_changed.emit()

    def _drop_layer(self, event: Any) -> None:
        """Clear the chosen video if its layer was removed."""
        if event.value is self.layer:
            self.set_layer(None)


def session_of(viewer: Viewer) -> Session:
    """Return the session of a viewer, the same one for each of its panels.

    Parameters
    ----------
    viewer : Viewer
        Or its proxy, which napari gives to plugins.
    """
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _sessions:
        _sessions[viewer] = Session(viewer)
    return _sessions[viewer]
