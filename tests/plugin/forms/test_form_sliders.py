"""Sliders: positions map to numbers and back, within the bounds of every setting."""

from typing import Any

import pytest
from qtpy.QtWidgets import QWidget
from test_forms import MODELS, parts

from napari_asist.plugin.forms.facts import FieldFacts, facts_of
from napari_asist.plugin.forms.numbers import (
    STEPS,
    NumberField,
    NumberSlider,
    beside_slider,
    number_at,
    place_of,
)

BOUNDED = {
    (part.__name__, name): (facts_of(info), info.annotation is int)
    for model in MODELS
    for part in parts(model)
    for name, info in part.model_fields.items()
    if info.annotation in (int, float) and facts_of(info).is_bounded
}


@pytest.mark.parametrize("name", BOUNDED)
def test_every_position_is_a_valid_number(name: tuple[str, str]) -> None:
    facts, is_whole = BOUNDED[name]
    numbers = [number_at(step / STEPS, facts, is_whole) for step in range(STEPS + 1)]
    assert all(map(facts.allows, numbers))
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > min(30, facts.high - facts.low)
    assert place_of(numbers[0], facts) < 0.02
    assert place_of(numbers[-1], facts) > 0.98
    if facts.multiple_of:
        assert not any(number % facts.multiple_of for number in numbers)


def test_ranges_over_decades_are_logarithmic() -> None:
    assert number_at(0.5, FieldFacts(low=1, high=10_000), True) == 100
    assert number_at(0.5, FieldFacts(low=0, high=1), False) == 0.5
    assert number_at(0.25, FieldFacts(low=2, high=10), True) == 4
    assert 2 < number_at(0.5, FieldFacts(low=0, high=100), False) < 4
    assert number_at(0, FieldFacts(low=0, high=100), False) == 0


@pytest.fixture
def row(qtbot: Any) -> QWidget:
    field = NumberField(FieldFacts(unit="px", low=1, high=10_000), is_whole=True)
    field.set_value(100)
    row = beside_slider(field)
    qtbot.addWidget(row)
    return row


def test_slider_and_number_follow_each_other(row: QWidget, qtbot: Any) -> None:
    field, slider = row.findChild(NumberField), row.findChild(NumberSlider)
    assert field is not None
    assert slider is not None
    assert slider.value() == STEPS // 2
    field.set_value(10_000)
    assert slider.value() == STEPS
    with qtbot.waitSignal(field.changed):
        slider.setValue(0)
    assert field.text() == "1 px"
    field.lineEdit().setText("abc")
    assert slider.value() == 0


def test_a_number_without_bounds_has_no_slider(qtbot: Any) -> None:
    row = beside_slider(NumberField(FieldFacts(low=0), is_whole=True))
    qtbot.addWidget(row)
    assert row.findChild(NumberSlider) is None
    assert row.findChild(NumberField) is not None
