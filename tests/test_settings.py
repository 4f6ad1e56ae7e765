import pytest
from pydantic import ValidationError, field_validator

from napari_asist.errors import AsistError
from napari_asist.settings import Field, Settings, explain, unit_of


class Inner(Settings):
    radius: float = Field(5.0, ge=1, le=50, unit="px")


class Outer(Settings):
    count: int = Field(3, ge=1)
    inner: Inner = Inner()

    @field_validator("count")
    @classmethod
    def _odd(cls, count: int) -> int:
        if count % 2 == 0:
            raise ValueError("Must be odd")
        return count


def test_a_field_has_a_unit_or_none() -> None:
    assert unit_of(Inner.model_fields["radius"]) == "px"
    assert unit_of(Outer.model_fields["count"]) == ""


def explained(**values: object) -> str:
    with pytest.raises(ValidationError) as raised:
        Outer.model_validate(values)
    error = explain(raised.value)
    assert isinstance(error, AsistError)
    return str(error)


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Outer().count = 5  # type: ignore[misc]


def test_changed_returns_a_checked_copy() -> None:
    settings = Outer()
    assert settings.changed(count=5).count == 5
    assert settings.count == 3
    with pytest.raises(ValidationError):
        settings.changed(count=0)
    with pytest.raises(ValidationError):
        settings.changed(cuont=5)


def test_a_nested_setting_may_be_changed() -> None:
    assert Outer().changed(inner={"radius": 7}).inner.radius == 7


def test_explanation_names_field_value_and_bound() -> None:
    said = explained(inner={"radius": 0.5})
    assert said == "inner.radius = 0.5: input should be greater than or equal to 1"


def test_explanation_of_a_misspelled_field() -> None:
    assert explained(cuont=5) == "cuont: there is no such setting; check its spelling"


def test_explanation_of_our_own_rule() -> None:
    assert explained(count=4) == "count = 4: must be odd"


def test_explanation_joins_all_faults() -> None:
    said = explained(count="many", inner={"radius": 99})
    assert "count = 'many'" in said
    assert "; inner.radius = 99" in said


def test_wrong_default_is_caught() -> None:
    class Broken(Settings):
        size: int = Field(0, ge=1)

    with pytest.raises(ValidationError):
        Broken()
