"""Quick looks at a viewer's video in a thread, shared by all panels."""

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_asist.errors import AsistError
from napari_asist.plugin.layers.video_layers import layer_video
from napari_asist.plugin.session import Session
from napari_asist.plugin.work.latest_request import NewestRequest
from napari_asist.workflow.recipe import Recipe

if TYPE_CHECKING:
    from napari_asist.video import Video
    from napari_asist.workflow.quick_look import QuickLook


class QuickLooks(QObject):
    """Finds out what the session's video shows, once for each video.

    Parameters
    ----------
    session : Session
        Its layer has the video; its recipe may tell the kind and radius of objects.
    """

    found = Signal(object)
    """A `QuickLook` at the session's video: kind, radius and number of its objects."""

    failed = Signal(str)
    """Why the session's video cannot be looked at."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._layer: weakref.ref[Image] | None = None
        self._known: dict[str, Any] = {}
        self._look: QuickLook | None = None
        self._requests = NewestRequest()
        self._requests.delivered.connect(self._take)
        self._requests.failed.connect(self._explain)

    @property
    def look(self) -> "QuickLook | None":
        """What the session's video shows; None as long as it is not known."""
        return self._look if self._is_current() else None

    def ask(self) -> None:
        """Look at the session's video, unless that has been done or has begun."""
        layer = self._session.layer
        if layer is None or self._is_current():
            return
        self._layer, self._known = weakref.ref(layer), _known(self._session.recipe)
        self._look = None
        try:
            video = layer_video(layer)
        except AsistError as error:
            self._requests.close()
            self.failed.emit(str(error))
            return
        self._requests.ask(_looking(video, self._session.recipe))

    def _is_current(self) -> bool:
        layer = self._layer() if self._layer else None
        is_same = layer is not None and layer is self._session.layer
        return is_same and self._known == _known(self._session.recipe)

    def _take(self, number: int, look: "QuickLook") -> None:
        if number == self._requests.newest and self._is_current():
            self._look = look
            self.found.emit(look)

    def _explain(self, number: int, error: Exception) -> None:
        if not isinstance(error, AsistError):
            raise error
        if number == self._requests.newest and self._is_current():
            self.failed.emit(str(error))


def quick_looks_of(session: Session) -> QuickLooks:
    """Return the quick looks of a session, the same for all of its panels."""
    known = session.findChild(QuickLooks)
    return QuickLooks(session) if known is None else known


def _known(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe tells about the objects."""
    return {"kind": recipe.estimate.simulator, "scale": recipe.scale}


def _looking(video: "Video", recipe: Recipe) -> "Iterator[QuickLook]":
    from napari_asist.workflow.quick_look import quick_look

    # The kind in the form may be any that the user is trying out.
    yield quick_look(video, recipe.changed(simulation=None))
