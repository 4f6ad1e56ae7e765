"""What a settings model specifies for one field: meaning, unit and bounds."""

import math
from dataclasses import dataclass, replace
from typing import Any, get_origin

from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic.fields import FieldInfo

from napari_asist.resampling import STANDARD_PX, STANDARD_RADIUS
from napari_asist.settings import unit_of
from napari_asist.training.settings import IS_DEVICE

SHORT = {
    STANDARD_PX: (
        "px",
        f"In {STANDARD_PX}, in which a typical object has a radius of "
        f"{STANDARD_RADIUS:g}.",
    ),
    "typical areas": ("areas", "In areas of a typical object."),
    "noise deviations": ("sd", "In standard deviations of the noise."),
}
"""Units that are too long for a form: the short form shown there, and its meaning."""


@dataclass(frozen=True)
class FieldFacts:
    """What a form shows about a field, and the range of its arrows.

    Parameters
    ----------
    description : str
    unit : str
        Empty if there is none.
    low, high : float
        Bounds, infinite if there are none.
    low_is_open, high_is_open : bool
        Whether the bound itself is excluded.
    multiple_of : float
        The number must be a multiple of this; 0 if it can be any number.
    is_device : bool
        Whether it is the name of a device.
    """

    description: str = ""
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    low_is_open: bool = False
    high_is_open: bool = False
    multiple_of: float = 0.0
    is_device: bool = False

    @property
    def is_bounded(self) -> bool:
        """Whether there are bounds on both sides."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def allows(self, value: float) -> bool:
        """Return whether a number is within the bounds."""
        above = value > self.low if self.low_is_open else value >= self.low
        below = value < self.high if self.high_is_open else value <= self.high
        return above and below

    def tooltip(self) -> str:
        """Return the description, followed by the bounds."""
        return " ".join(part for part in (self.description, self._range()) if part)

    def _range(self) -> str:
        words = (
            (self.low, "more than" if self.low_is_open else "at least"),
            (self.high, "less than" if self.high_is_open else "at most"),
        )
        described = [
            f"{word} {bound:g}" for bound, word in words if math.isfinite(bound)
        ]
        return f"({' and '.join(described)})" if described else ""


def facts_of(info: FieldInfo, unit: str = "") -> FieldFacts:
    """Return the facts about a field of a settings model.

    Parameters
    ----------
    info : FieldInfo
    unit : str
        For fields without a description, such as the members of a tuple.
    """
    values: dict[str, Any] = {}
    for rule in info.metadata:
        if isinstance(rule, Ge | Gt):
            values["low"] = rule.ge if isinstance(rule, Ge) else rule.gt
            values["low_is_open"] = isinstance(rule, Gt)
        elif isinstance(rule, Le | Lt):
            values["high"] = rule.le if isinstance(rule, Le) else rule.lt
            values["high_is_open"] = isinstance(rule, Lt)
        elif isinstance(rule, MultipleOf):
            values["multiple_of"] = rule.multiple_of
        elif rule == IS_DEVICE:
            values["is_device"] = True
    unit = unit_of(info) or unit
    description = info.description or ""
    for long, (short, meaning) in SHORT.items():
        if long in unit:
            # The full unit would leave no room for the number.
            unit = unit.replace(long, short)
            description = f"{description} {meaning}".strip()
    return FieldFacts(description, unit, **values)


def member_facts(annotation: Any, facts: FieldFacts) -> tuple[Any, FieldFacts]:
    """Return the type and facts of a tuple's member, which may be annotated."""
    rules = getattr(annotation, "__metadata__", ())
    infos = [rule for rule in rules if isinstance(rule, FieldInfo)]
    inner = annotation.__origin__ if rules and get_origin(annotation) else annotation
    if not infos:
        return inner, FieldFacts(facts.description, facts.unit)
    own = facts_of(infos[0], facts.unit)
    return inner, replace(own, description=own.description or facts.description)
