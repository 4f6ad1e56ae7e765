"""The base class of shapes, and the lookup of shapes by name."""

from typing import Annotated, Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator, SerializeAsAny

from napari_asist.settings import Settings

Scene: TypeAlias = NDArray[np.void]
Outlines: TypeAlias = NDArray[np.float64]


class Shape(Settings):
    """The outline of objects: its settings, and how it is drawn and changes.

    An outline is drawn in an object's own axes, in units of its half-axes: the first
    coordinate is along its length, -1 to 1, the second across it, -1 to 1. Length,
    width, angle and position are set by the simulator. A subclass has a `kind`, a
    literal with that default, by which recipes name it.
    """

    kind: str
    fields: ClassVar[list[tuple[str, str]]] = []
    """Names and data types of what each object stores about its outline."""
    kinds: ClassVar[dict[str, type["Shape"]]] = {}
    """All shapes by kind; a subclass registers itself."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register a subclass under its kind."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.kinds[cls.model_fields["kind"].default] = cls

    def draw(self, scene: Scene, rng: np.random.Generator) -> None:
        """Fill the shape's own fields of new objects, in place."""

    def drift(self, scene: Scene, rng: np.random.Generator) -> None:
        """Change the shape's own fields from one frame to the next, in place."""

    def outline(self, scene: Scene) -> Outlines:
        """Return the corners of each object's outline, in order.

        Parameters
        ----------
        scene : structured ndarray, shape (n,)
            With `napari_asist.simulation.scene.OBJECT_FIELDS` and the shape's own.

        Returns
        -------
        ndarray of float64, shape (n, corners, 2)
            Along and across, in units of the half-axes. The polygon is closed
            implicitly.
        """
        raise NotImplementedError


def _of_its_kind(value: Any) -> Shape:
    if isinstance(value, Shape):
        return value
    kind = value.get("kind") if isinstance(value, dict) else value
    if not isinstance(kind, str) or kind not in Shape.kinds:
        raise ValueError(
            f"there is no shape {kind!r}; choose {', '.join(sorted(Shape.kinds))}, or "
            "name your own Python file with --shapes"
        )
    values = value if isinstance(value, dict) else {"kind": kind}
    return Shape.kinds[kind].model_validate(values)


AnyShape = Annotated[SerializeAsAny[Shape], PlainValidator(_of_its_kind)]
"""A field that accepts a shape, its settings by name, or only its kind."""
