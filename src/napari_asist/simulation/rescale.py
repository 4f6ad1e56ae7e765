"""Rescale settings of simulators: every length according to its unit."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from annotated_types import Ge, Le
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from napari_asist.errors import AsistError
from napari_asist.settings import Settings, explain, unit_of

Model = TypeVar("Model", bound=Settings)

POWERS: Mapping[str, int] = {
    "px": 1,
    "px/frame": 1,
    "px²": 2,
    "specks/(100 px)²": -2,
    "objects/(100 px)²": -2,
}
"""Units that contain pixels, and their powers."""

DIGITS = 6
"""Significant digits of a rescaled length."""

FEWER = 0.98
"""Fraction of the objects kept in each attempt if rounded sizes leave no room."""


def rescaled(settings: Model, factor: float) -> Model:
    """Return the settings for frames resampled by a factor.

    Each field whose unit contains pixels is multiplied, including fields of nested
    settings; integers are rounded and bounds respected. Counts, probabilities and
    intensities stay unchanged. If rounding leaves no room for the objects, some are
    removed.

    Parameters
    ----------
    settings : Settings
        Settings of a simulator or a microscope.
    factor : float
        New pixels per old pixel; 1 returns the settings unchanged.
    """
    if factor == 1:
        return settings
    values = _values(settings, factor)
    while True:
        try:
            return type(settings).model_validate(values)
        except ValidationError as error:
            if values.get("objects", 0) <= 1 or not _is_of_several_fields(error):
                raise AsistError(
                    f"The simulator's settings cannot be rescaled ({explain(error)})."
                ) from error
            values["objects"] = int(FEWER * values["objects"])


def _values(settings: Settings, factor: float) -> dict[str, Any]:
    values = {}
    for name, info in type(settings).model_fields.items():
        value = getattr(settings, name)
        power = POWERS.get(unit_of(info))
        if isinstance(value, Settings):
            value = type(value).model_validate(_values(value, factor))
        elif power is not None:
            value = _each(value, factor**power, info)
        values[name] = value
    return values


def _each(value: Any, multiple: float, info: FieldInfo) -> Any:
    """Multiply a number, or each one of a tuple, within the bounds of its field."""
    if isinstance(value, tuple):
        return tuple(_each(member, multiple, info) for member in value)
    if value is None:
        return None
    number = _within(info, float(f"{multiple * value:.{DIGITS}g}"))
    return round(number) if isinstance(value, int) else number


def _within(info: FieldInfo, number: float) -> float:
    for rule in _rules(info):
        if isinstance(rule, Ge):
            number = max(number, float(str(rule.ge)))
        elif isinstance(rule, Le):
            number = min(number, float(str(rule.le)))
    # Open bounds are 0, which no factor reaches.
    return number


def _rules(info: FieldInfo) -> list[Any]:
    """Return the bounds of a field, or of the members of its tuple."""
    members = get_args(info.annotation)
    rules = [rule for m in members for rule in getattr(m, "__metadata__", ())]
    inner = [rule.metadata for rule in rules if isinstance(rule, FieldInfo)]
    return [*info.metadata, *(inner[0] if inner else ())]


def _is_of_several_fields(error: ValidationError) -> bool:
    return all(not detail["loc"] for detail in error.errors())
