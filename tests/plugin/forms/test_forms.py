"""Forms: every settings model comes out of its form unchanged."""

import math
import threading
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, Field, ValidationError
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractSpinBox

from napari_asist.depth.settings import DepthSettings
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.microscope.settings import MicroscopeSettings
from napari_asist.plugin.forms.devices import DeviceField
from napari_asist.plugin.forms.facts import facts_of
from napari_asist.plugin.forms.fields import OptionalField
from napari_asist.plugin.forms.models import ModelField
from napari_asist.plugin.forms.numbers import NumberField
from napari_asist.plugin.forms.settings_form import SettingsForm
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.scaling import ScalingSettings
from napari_asist.settings import Settings
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.shapes import Shape, Star
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.workflow.recipe import EstimateSettings, Recipe, make_recipe

MODELS: tuple[type[Settings], ...] = (
    NucleiSettings,
    MicrovilliSettings,
    MicroscopeSettings,
    SynthesisSettings,
    RefinementSettings,
    EmbeddingSettings,
    TrackingSettings,
    ScalingSettings,
    EstimateSettings,
    Recipe,
)


def settings_models(model: type[Settings] = Settings) -> Iterator[type[Settings]]:
    for child in model.__subclasses__():
        yield child
        yield from settings_models(child)


def parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and the models of its fields."""
    yield model
    for info in model.model_fields.values():
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from parts(kind)


def form_of(qtbot: Any, settings: Settings) -> SettingsForm:
    form = SettingsForm(settings)
    qtbot.addWidget(form)
    return form


def others(settings: Settings, name: str) -> Iterator[Any]:
    """Yield other values that a field might take."""
    info = type(settings).model_fields[name]
    value, facts = getattr(settings, name), facts_of(info)
    if get_origin(info.annotation) is Literal:
        yield from (word for word in get_args(info.annotation) if word != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        step = 1 if isinstance(value, int) else 0.012345678901234567
        yield from (value + step, value - step, value * (1 + step), facts.low, 512)
    elif isinstance(value, tuple):
        yield from (tuple(n + 0.1 for n in value), tuple(n + 1 for n in value))
    elif isinstance(value, str):
        yield "another"
    elif value is None:
        yield from ({"kind": "microvilli"}, "microvilli", 0.3, 30.0)
    elif isinstance(value, Shape):
        yield Star(irregularity=0.2)
    elif isinstance(value, Settings):
        for inner in type(value).model_fields:
            for changed in others(value, inner):
                yield dict(value) | {inner: changed}


def changed_settings(settings: Settings) -> Iterator[tuple[str, Settings]]:
    """Yield valid settings with one field changed, for each field."""
    for name in type(settings).model_fields:
        for value in others(settings, name):
            try:
                changed = type(settings).model_validate(dict(settings) | {name: value})
            except ValidationError:
                continue
            if changed != settings:
                yield name, changed
                break


def type_in(field: Any, text: str) -> None:
    """Replace the text of a number as a user does, key by key."""
    edit = field.lineEdit() if isinstance(field, QAbstractSpinBox) else field
    edit.selectAll()
    edit.insert("")
    edit.setFocus()
    edit.setText("")
    edit.textEdited.emit("")
    for key in text:
        edit.setText(edit.text() + key)
        edit.textEdited.emit(edit.text())


def test_no_settings_model_is_forgotten() -> None:
    shown = {part for model in MODELS for part in parts(model)}
    shown |= set(Shape.kinds.values())
    for model in settings_models():
        is_base = any(issubclass(part, model) for part in shown)
        assert is_base or not model.__module__.startswith("napari_asist."), model


@pytest.mark.parametrize("model", MODELS)
def test_round_trip(qtbot: Any, model: type[Settings]) -> None:
    settings = model()
    form = form_of(qtbot, settings)
    assert form.value == settings
    form.model.changed.emit()  # reads all widgets
    assert form.is_valid, form.error.text()
    assert form.value == settings
    seen = set()
    for name, changed in changed_settings(settings):
        form.set_value(changed)
        form.model.changed.emit()
        assert form.value == changed
        assert type(form.value) is model
        seen.add(name)
    fixed = {"kind", "density_map"}
    assert seen >= type(settings).model_fields.keys() - fixed


@pytest.mark.parametrize("preset", ["paper", "laptop", "demo"])
def test_recipes_pass_through_their_form(qtbot: Any, preset: str) -> None:
    recipe = make_recipe(preset, changes=[{"simulation": {"kind": "microvilli"}}])
    form = form_of(qtbot, recipe)
    form.model.changed.emit()
    assert form.is_valid, form.error.text()
    assert form.value == recipe


def test_values_without_a_widget_are_kept(qtbot: Any) -> None:
    class Bean(Shape):
        kind: Literal["bean"] = "bean"
        bend: float = Field(0.5, ge=0, le=1)

    try:
        settings = NucleiSettings(density_map=((1, 2), (3, 4)), shape=Bean(bend=0.25))
        form = form_of(qtbot, settings)
        type_in(form.model.fields["objects"], "20")
        assert form.value == settings.changed(objects=20)
        assert form.value.shape == Bean(bend=0.25)
    finally:
        del Shape.kinds["bean"]


def test_typing_signals_each_valid_change(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    received: list[int] = []
    form.changed.connect(lambda settings: received.append(settings.objects))
    type_in(form.model.fields["objects"], "80")
    # 8 is a valid number too.
    assert received == [8, 80] or received == [80]
    assert form.value.objects == 80


def test_an_error_is_one_sentence_and_keeps_the_typed_text(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    form.show()
    mean = form.model.fields["radius_mean"]
    assert isinstance(mean, NumberField)
    for text in ("300", "abc", "", "20"):
        type_in(mean, text)
        mean.editingFinished.emit()
        assert not form.is_valid
        assert form.error.isVisible()
        assert form.error.text().count("\n") == 0
        assert form.error.text().startswith("Radius_mean = ")
        assert mean.text().removesuffix("px").strip() == text
        assert form.value == NucleiSettings()
    type_in(form.model.fields["radius_max"], "25")
    type_in(form.model.fields["objects"], "60")
    assert form.is_valid
    assert not form.error.isVisible()
    assert form.value == NucleiSettings(radius_mean=20, radius_max=25, objects=60)


def test_fields_show_unit_meaning_and_range(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    radius = form.model.fields["radius_mean"]
    assert isinstance(radius, NumberField)
    assert radius.text() == "12 px"
    assert radius.toolTip() == "Mean radius of the nuclei. (at least 2 and at most 200)"


def test_arrows_stay_in_range(qtbot: Any) -> None:
    form = form_of(qtbot, TrackingSettings())
    bandwidth, window = form.model.fields["bandwidth"], form.model.fields["window"]
    assert isinstance(bandwidth, NumberField)
    assert isinstance(window, NumberField)
    for _ in range(100):
        bandwidth.stepBy(1)
    assert 0.4 < form.value.bandwidth < 0.5
    for _ in range(20):
        window.stepBy(-1)
    assert form.value.window == 1
    assert not window.stepEnabled() & QAbstractSpinBox.StepEnabledFlag.StepDownEnabled


def test_none_is_an_unchecked_box(qtbot: Any) -> None:
    form = form_of(qtbot, TrackingSettings())
    level = form.model.fields["foreground_level"]
    assert isinstance(level, OptionalField)
    assert not level.field.isEnabled()  # type: ignore[attr-defined]
    form.show()
    form.model.resize(form.model.sizeHint())
    level.box.click()
    assert form.value.foreground_level == 0.5
    level.box.click()
    assert form.value.foreground_level is None


def test_another_kind_of_shape_has_its_own_fields(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    shape: Any = form.model.fields["shape"]
    qtbot.keyClicks(shape.kind, "star")
    assert form.value.shape == Star()
    type_in(shape.model.fields["irregularity"], "0.2")
    assert form.value.shape == Star(irregularity=0.2)
    shape.kind.setCurrentText("ellipse")
    assert form.value.shape.kind == "ellipse"


def test_groups_fold(qtbot: Any) -> None:
    from napari_asist.plugin.forms.fields import Group

    form = form_of(qtbot, NucleiSettings())
    form.show()
    groups = {group.title: group for group in form.findChildren(Group)}
    assert set(groups) == {"brightness", "shape", "cell cycle", "Advanced"}
    cycle = groups["cell cycle"]
    qtbot.mouseClick(groups["Advanced"].toggleButton(), Qt.MouseButton.LeftButton)
    assert not cycle.content().isVisible()
    qtbot.waitUntil(lambda: cycle.toggleButton().height() > 9)
    qtbot.mouseClick(cycle.toggleButton(), Qt.MouseButton.LeftButton)
    assert cycle.content().isVisible()


def test_a_number_keeps_its_unit_in_a_larger_font(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    form.setStyleSheet("* { font-size: 24px; }")
    form.resize(600, 400)
    form.show()
    assert form.model.advanced is not None
    form.model.advanced.expand(animate=False)
    line = form.model.fields["radius_change"].lineEdit()  # type: ignore[attr-defined]
    assert line.text().endswith(" px/frame")
    needed = line.fontMetrics().horizontalAdvance(line.text())
    qtbot.waitUntil(lambda: line.width() >= needed)


def test_another_model_gets_another_form(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    with qtbot.waitSignal(form.changed) as received:
        form.set_value(MicrovilliSettings(objects=7))
    assert received.args == [MicrovilliSettings(objects=7)]
    type_in(form.model.fields["step"], "2,5")
    assert form.value == MicrovilliSettings(objects=7, step=2.5)


def test_bounds_are_read_from_the_model() -> None:
    facts = facts_of(TrackingSettings.model_fields["bandwidth"])
    assert (facts.low, facts.high) == (0, 0.5)
    assert facts.low_is_open
    assert facts.high_is_open
    assert not facts.allows(0)
    assert facts_of(NucleiSettings.model_fields["mitoses"]).high == math.inf


def test_standard_px_are_explained() -> None:
    facts = facts_of(EmbeddingSettings.model_fields["neighbor_radius"])
    assert facts.unit == "px"
    assert "typical object has a radius of 13." in facts.tooltip()


def test_fields_with_the_largest_effect_come_first(qtbot: Any) -> None:
    nuclei = form_of(qtbot, NucleiSettings()).model
    shown = list(nuclei.fields)
    assert shown[:3] == ["objects", "radius_mean", "radius_sd"]
    assert shown.index("mitoses") < shown.index("frames") < shown.index("plate_bend")
    depth = form_of(qtbot, DepthSettings()).model
    assert list(depth.fields)[:3] == ["steps", "start", "scenes"]
    scenes = depth.fields["scenes"]
    assert isinstance(scenes, ModelField)
    assert list(scenes.fields)[:2] == ["variation", "dying"]


def test_every_leading_field_exists_once() -> None:
    for model in settings_models():
        assert set(model.leading) <= set(model.model_fields), model
        assert sorted(model.ordered_fields()) == sorted(model.model_fields)


def test_rare_settings_are_folded_away(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    form.resize(400, 2000)
    form.show()
    model = form.model
    assert model.fields["objects"].isVisible()  # type: ignore[attr-defined]
    rim: Any = model.fields["rim"]
    assert not rim.isVisible()
    assert model.advanced is not None
    assert model.advanced.toggleButton().text() == "▸ Advanced"
    qtbot.mouseClick(model.advanced.toggleButton(), Qt.MouseButton.LeftButton)
    assert rim.isVisible()
    assert model.advanced.toggleButton().text() == "▾ Advanced"


def test_the_fold_tells_how_many_settings_differ(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings(rim=12, turn=9))
    advanced: Any = form.model.advanced
    assert advanced.title == "Advanced (2 changed)"
    assert not advanced.isExpanded()
    form.set_value(NucleiSettings(objects=7))
    assert advanced.title == "Advanced"
    type_in(form.model.fields["rim"], "3")
    assert advanced.title == "Advanced (1 changed)"


def test_an_invalid_field_is_marked_where_it_is(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    form.resize(400, 2000)
    form.show()
    rows = form.model.rows
    type_in(form.model.fields["radius_mean"], "99")
    assert [name for name, row in rows.items() if row.is_marked] == ["radius_mean"]
    assert rows["radius_mean"].error.isVisible()
    sentence = "It must be between radius_min (7) and radius_max (16)."
    assert rows["radius_mean"].error.text() == sentence
    assert "border" in rows["radius_mean"].styleSheet()
    type_in(form.model.fields["radius_mean"], "12")
    assert not any(row.is_marked for row in rows.values())
    assert not rows["radius_mean"].error.isVisible()


def test_the_fold_opens_for_an_invalid_field(qtbot: Any) -> None:
    form = form_of(qtbot, NucleiSettings())
    form.resize(400, 2000)
    form.show()
    type_in(form.model.fields["radius_min"], "nothing")
    row = form.model.rows["radius_min"]
    assert row.error.isVisible()
    assert row.error.text().startswith("Input should be a valid number")


def test_a_field_of_nested_settings_is_marked_in_its_group(qtbot: Any) -> None:
    form = form_of(qtbot, DepthSettings())
    form.resize(400, 2000)
    form.show()
    scenes = form.model.fields["scenes"]
    assert isinstance(scenes, ModelField)
    type_in(scenes.fields["variation"], "9")
    assert scenes.rows["variation"].error.isVisible()
    assert not form.model.rows["scenes"].is_marked
    type_in(scenes.fields["variation"], "2")
    assert not scenes.rows["variation"].is_marked


def test_settings_without_an_effect_are_hidden(qtbot: Any) -> None:
    form = form_of(qtbot, SynthesisSettings())
    form.resize(400, 2000)
    form.show()
    model = form.model

    def visible() -> set[str]:
        assert model.advanced is not None
        model.advanced.expand(animate=False)
        return {name for name, row in model.rows.items() if row.isVisible()}

    assert "cycle_weight" in visible()
    assert not visible() & {"contrast_weight", "levels"}
    engine: Any = model.fields["engine"]
    engine.setCurrentText("renderer")
    assert visible() == {"engine"}
    assert not model.advanced.isVisible()  # type: ignore[union-attr]
    engine.setCurrentText("cyclegan")
    assert "cycle_weight" in visible()
    mitoses = form_of(qtbot, NucleiSettings())
    mitoses.show()
    assert not mitoses.model.rows["plate"].isHidden()
    type_in(mitoses.model.fields["mitoses"], "0")
    assert mitoses.model.rows["plate"].isHidden()
    assert mitoses.value == NucleiSettings(mitoses=0)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_ignored_is_a_field(model: type[Settings]) -> None:
    assert model().ignored() <= set(model.model_fields)


def test_devices_are_listed_without_loading_pytorch_in_the_window(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def devices() -> list[str]:
        threads.append(threading.current_thread())
        return ["auto", "cpu", "cuda:0", "cuda:1"]

    monkeypatch.setattr("napari_asist.training.device.available_devices", devices)
    form = form_of(qtbot, DepthSettings(device="cuda:5"))
    field: Any = form.model.fields["device"]
    assert isinstance(field, DeviceField)
    assert threads == []
    form.show()
    qtbot.waitUntil(lambda: field.findText("cuda:1") >= 0)
    assert threads != [threading.main_thread()]
    assert field.value() == form.value.device == "cuda:5"  # as a recipe from elsewhere
    qtbot.keyClicks(field, "cuda:1")
    assert form.value.device == "cuda:1"


def test_the_devices_of_this_computer() -> None:
    from napari_asist.training.device import available_devices, choose_device

    names = available_devices()
    assert names[:2] == ["auto", "cpu"]
    for name in names:
        choose_device(name)
