"""Base of all settings models of the project."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from napari_asist.errors import AsistError


class Settings(BaseModel):
    """Base of all settings: immutable, and unknown fields are rejected.

    Each field states its range with ``ge``/``le``, its unit with
    ``json_schema_extra={"unit": "px"}`` and its meaning with ``description``, because
    the same model validates the recipe file and defines the options of the command line
    and the form in napari.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    def changed(self, **values: Any) -> Self:
        """Return a checked copy in which some fields have other values."""
        return type(self).model_validate(self.model_dump() | values)


def explain(error: ValidationError) -> AsistError:
    """Turn pydantic's report into one sentence that names field, bound and value."""
    return AsistError("; ".join(_explain_one(detail) for detail in error.errors()))


def _explain_one(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"]) or "settings"
    if detail["type"] == "extra_forbidden":
        return f"{field}: there is no such setting; check its spelling"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        return message  # the message is about several fields and already names them
    return f"{field} = {detail['input']!r}: {message[:1].lower()}{message[1:]}"
