"""Base of all settings models of the project."""

import re
from typing import Any, ClassVar, Self, TypedDict, TypeVar, Unpack

import pydantic
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from napari_asist.errors import AsistError

Value = TypeVar("Value")


MOST = 1e12
"""Bound of all numbers, in addition to the narrower ones of most fields."""


class Settings(BaseModel):
    """Base of all settings: immutable, and unknown fields are rejected.

    Each `Field` states its range with ``ge``/``le``, its unit with ``unit`` and its
    meaning with ``description``, because the same model validates the recipe file and
    defines the options of the command line and the form in napari.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )

    leading: ClassVar[tuple[str, ...]] = ()
    """The fields with the largest effect, which forms show first, in this order.

    Forms show the others on request. Without leading fields, they show all."""

    @classmethod
    def ordered_fields(cls) -> dict[str, FieldInfo]:
        """Return the fields by name, those with the largest effect first."""
        others = (name for name in cls.model_fields if name not in cls.leading)
        return {name: cls.model_fields[name] for name in (*cls.leading, *others)}

    def ignored(self) -> frozenset[str]:
        """Return the names of fields that have no effect with the other values.

        Forms hide them; they keep their values.
        """
        return frozenset()

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        """Refuse numbers that no computation with them would survive."""
        for name, value in self:
            if not _within_bounds(value):
                raise ValueError(f"{name}: numbers must be from -{MOST:g} to {MOST:g}")
        return self

    def changed(self, **values: Any) -> Self:
        """Return a checked copy in which some fields have other values."""
        return type(self).model_validate(self.model_dump() | values)


def _within_bounds(value: Any) -> bool:
    """Return whether all numbers in a value, or in nested lists, are within bounds."""
    if isinstance(value, tuple | list):
        return all(map(_within_bounds, value))
    return not isinstance(value, int | float) or abs(value) <= MOST


class Rules(TypedDict, total=False):
    """What pydantic checks about a field, and how it is described."""

    ge: float
    gt: float
    le: float
    lt: float
    multiple_of: float
    min_length: int
    max_length: int
    validation_alias: AliasChoices
    description: str


def Field(  # noqa: N802 - pydantic's name
    default: Value, *, unit: str = "", **rules: Unpack[Rules]
) -> Value:
    """Define a field of a settings model.

    Parameters
    ----------
    default : Any
    unit : str
        Such as ``px/frame``; empty if the field has none.
    **rules
        Passed to pydantic's ``Field``.
    """
    if not unit:
        return pydantic.Field(default, **rules)
    return pydantic.Field(default, json_schema_extra={"unit": unit}, **rules)


def unit_of(field: FieldInfo) -> str:
    """Return the unit of a field, empty if it has none."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def explain(error: ValidationError) -> AsistError:
    """Turn pydantic's report into one sentence that names field, bound and value."""
    return AsistError("; ".join(message for _, message in explained(error)))


def explained(
    error: ValidationError, where: tuple[int | str, ...] = ()
) -> list[tuple[tuple[int | str, ...], str]]:
    """Return the parts of pydantic's report, each with the place of its field.

    Parameters
    ----------
    error : ValidationError
    where : tuple
        Place of the model that was validated.

    Returns
    -------
    list of (tuple, str)
        The names that lead to the field, and what is wrong with it: a phrase that names
        field, bound and value.
    """
    messages = []
    for detail in error.errors():
        place = (*where, *detail["loc"])
        inner = detail.get("ctx", {}).get("error")
        # Settings of a simulator are validated by the model of its kind.
        if isinstance(inner, ValidationError):
            messages += explained(inner, place)
        else:
            message = _explain_one(detail, place)
            messages.append((_place(detail, place, message), message))
    return messages


def _place(
    detail: ErrorDetails, place: tuple[int | str, ...], message: str
) -> tuple[int | str, ...]:
    """Return the place of a field; messages about several fields name it first."""
    first = re.match(r"\w+", message)
    values = detail["input"]
    if first and isinstance(values, dict) and first[0] in values:
        return (*place, first[0])
    return place


def _explain_one(detail: ErrorDetails, place: tuple[int | str, ...]) -> str:
    field = ".".join(str(part) for part in place) or "settings"
    if detail["type"] == "extra_forbidden":
        return f"{field}: there is no such setting; check its spelling"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        return message  # the message is about several fields and already names them
    return f"{field} = {detail['input']!r}: {message[:1].lower()}{message[1:]}"
