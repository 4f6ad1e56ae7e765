"""Base of all settings models of the project."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from napari_asist.errors import AsistError


class Settings(BaseModel):
    """Base of all settings: immutable, and unknown fields are refused.

    Each field states its range by ``ge``/``le``, its unit by
    ``json_schema_extra={"unit": "px"}`` and its meaning by ``description``, because the
    same model checks the recipe file, fills the command line and draws the form in
    napari.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    def changed(self, **values: Any) -> Self:
        """Return a checked copy in which some fields have other values."""
        return type(self).model_validate(self.model_dump() | values)


def explain(error: ValidationError) -> AsistError:
    """Turn pydantic's report into one sentence that names field, bound and value."""
    return AsistError("; ".join(_explained(error)))


def _explained(error: ValidationError, where: tuple[int | str, ...] = ()) -> list[str]:
    told = []
    for detail in error.errors():
        place = (*where, *detail["loc"])
        inner = detail.get("ctx", {}).get("error")
        # Settings of several kinds are read by the model of their kind.
        if isinstance(inner, ValidationError):
            told += _explained(inner, place)
        else:
            told.append(_explain_one(detail, place))
    return told


def _explain_one(detail: ErrorDetails, place: tuple[int | str, ...]) -> str:
    field = ".".join(str(part) for part in place) or "settings"
    if detail["type"] == "extra_forbidden":
        return f"{field}: there is no such setting; check its spelling"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        return message  # it checks several fields and names them itself
    return f"{field} = {detail['input']!r}: {message[:1].lower()}{message[1:]}"
