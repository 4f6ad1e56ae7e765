"""Load custom shapes from a Python file that the user names."""

import importlib.util
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

from napari_asist.errors import AsistError
from napari_asist.simulation.shapes.shape import Shape


class _WithoutCache(SourceFileLoader):
    """Runs a file of the user without writing ``__pycache__`` beside it."""

    def set_data(self, *_: object, **__: object) -> None:
        """Write nothing."""


def load_shapes(path: Path) -> list[str]:
    """Run a Python file, so that recipes can use its shapes.

    Only a file named by the user is ever run; a recipe cannot name one.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of str
        The kinds of shape that the file defines.

    Raises
    ------
    AsistError
        If the file cannot be read, fails, or defines no shape.
    """
    if not path.is_file():
        raise AsistError(
            f"{path} does not exist; check the path of the Python file with shapes."
        )
    if path.suffix != ".py":
        raise AsistError(
            f"{path} is not a Python file; choose one whose name ends with .py."
        )
    known = dict(Shape.kinds)
    loader = _WithoutCache(f"asist_shapes_{path.stem}", str(path))
    module = importlib.util.module_from_spec(ModuleSpec(loader.name, loader))
    try:
        loader.exec_module(module)
    except (Exception, SystemExit, GeneratorExit) as error:
        words = [type(error).__name__, _text_of(error)]
        said = ": ".join(word for word in words if word)
        raise AsistError(f"{path} failed with {said}.") from error
    added = [kind for kind, shape in Shape.kinds.items() if known.get(kind) != shape]
    if not added:
        raise AsistError(
            f"{path} defines no shape; write a subclass of "
            "napari_asist.simulation.shapes.Shape, as shown in docs/simulation.md."
        )
    return added


def _text_of(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())
    except Exception:  # the error's own code fails
        return ""
