"""Fields for everything in a settings model, including nested models."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args
from typing import get_origin as origin_of

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from napari_asist.plugin.forms.devices import DeviceField
from napari_asist.plugin.forms.facts import FieldFacts, facts_of, member_facts
from napari_asist.plugin.forms.fields import (
    ChoiceField,
    FormField,
    Group,
    OptionalField,
    SwitchField,
    TextField,
)
from napari_asist.plugin.forms.numbers import (
    NumberField,
    NumberListField,
    NumberTupleField,
    beside_slider,
)
from napari_asist.plugin.forms.rows import FormRow
from napari_asist.settings import Settings
from napari_asist.simulation.settings import VideoSettings, simulators
from napari_asist.simulation.shapes import Shape

Models: TypeAlias = Mapping[str, type[Settings]]

Error: TypeAlias = tuple[tuple[int | str, ...], str]
"""The place of an invalid field, and what is wrong with it."""

ADVANCED_MEANING = "Settings that rarely need to be changed."


ADVANCED = "Advanced"


class ModelField(QWidget):
    """All fields of a settings model; values that no widget can show stay unchanged.

    The leading fields come first, the others are in a closed group below. Fields
    without an effect are hidden.

    Parameters
    ----------
    settings : Settings
    """

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._kept = settings
        self.fields: dict[str, FormField] = {}
        self.rows: dict[str, FormRow] = {}
        self._groups: dict[str, Group] = {}
        self.advanced: Group | None = None
        leading = type(settings).leading
        layout, others, content = _form(self), None, QWidget()
        for name, info in type(settings).ordered_fields().items():
            facts = facts_of(info)
            value = getattr(settings, name)
            field = field_for(info.annotation, facts, value)
            if field is None:
                continue
            self.fields[name] = field
            field.set_value(value)
            field.changed.connect(lambda: self.changed.emit())
            if leading and name not in leading and others is None:
                others = _form(content)
            title = name.replace("_", " ")
            place = others if others is not None else layout
            if isinstance(field, ModelField | UnionField):
                is_open = isinstance(field, UnionField)
                group = Group(title, facts.tooltip(), field, is_open)
                self._groups[name] = group
                self.rows[name] = FormRow(place, group)
            else:
                label = QLabel(title)
                label.setToolTip(facts.tooltip())
                self.rows[name] = FormRow(place, beside_slider(field), label)
        if others is not None:
            self.advanced = Group(ADVANCED, ADVANCED_MEANING, content)
            layout.addRow(self.advanced)
        self.show_valid(settings)

    def value(self) -> dict[str, Any]:
        """Return the values of all fields."""
        shown = {name: field.value() for name, field in self.fields.items()}
        return dict(self._kept) | shown

    def set_value(self, value: Settings) -> None:
        """Show other settings of the same model, without emitting a signal."""
        self._kept = value
        for name, field in self.fields.items():
            field.set_value(getattr(value, name))
        self.show_valid(value)

    def show_valid(self, settings: Settings) -> None:
        """Show which fields have an effect, and that all are valid.

        Parameters
        ----------
        settings : Settings
            What the fields show.
        """
        ignored = settings.ignored()
        for name, row in self.rows.items():
            row.mark("")
            row.show_if(name not in ignored)
            field, value = self.fields[name], getattr(settings, name)
            if isinstance(field, OptionalField):
                field = field.field
            if isinstance(field, ModelField | UnionField) and value is not None:
                field.show_valid(value)
        if self.advanced is not None:
            used = [name for name in self._advanced() if name not in ignored]
            defaults = type(settings).model_fields
            differ = sum(getattr(settings, n) != defaults[n].default for n in used)
            self.advanced.rename(
                f"{ADVANCED} ({differ} changed)" if differ else ADVANCED
            )
            self.advanced.setVisible(bool(used))

    def mark(self, errors: Sequence[Error]) -> None:
        """Mark the invalid fields, and open the groups that they are in.

        Parameters
        ----------
        errors : sequence of (tuple, str)
            See `napari_asist.settings.explained`, with places from here on.
        """
        by_name: dict[str, list[Error]] = {}
        for (name, *rest), message in (error for error in errors if error[0]):
            by_name.setdefault(str(name), []).append((tuple(rest), message))
        for name, row in self.rows.items():
            mine, field = by_name.get(name, []), self.fields[name]
            if isinstance(field, ModelField | UnionField):
                field.mark(mine)
                # What is wrong further inside is marked there.
                mine = [error for error in mine if not field.has(error[0])]
            row.mark(" ".join(sentence_of(message) for _, message in mine))
            if name in by_name and name in self._groups:
                self._groups[name].expand(animate=False)
        if self.advanced is not None and by_name.keys() & set(self._advanced()):
            self.advanced.expand(animate=False)

    def has(self, place: tuple[int | str, ...]) -> bool:
        """Return whether there is a field at a place."""
        return bool(place) and place[0] in self.rows

    def _advanced(self) -> list[str]:
        """Return the names of the fields in the group of the others."""
        leading = type(self._kept).leading
        return [name for name in self.rows if name not in leading]


class UnionField(QWidget):
    """Settings of one of several kinds, with a choice of the kind.

    Parameters
    ----------
    models : mapping of str to type
        The models by kind.
    tooltip : str
    """

    changed = Signal()

    def __init__(self, models: Models, tooltip: str) -> None:
        super().__init__()
        self._models = models
        self.kind = ChoiceField(list(models), tooltip)
        self.model: ModelField | None = None
        self._kept: dict[str, Settings] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.kind)
        self.kind.changed.connect(self._switch)

    def value(self) -> dict[str, Any]:
        """Return the values of the chosen kind's fields."""
        assert self.model is not None
        return self.model.value()

    def set_value(self, value: Settings) -> None:
        """Show settings of any of the kinds, without emitting a signal."""
        kind = str(getattr(value, "kind", ""))
        self._kept[kind] = value
        self.kind.set_value(kind)
        self._show(value)

    def show_valid(self, settings: Settings) -> None:
        """Do what `ModelField` does."""
        if self.model is not None:
            self.model.show_valid(settings)

    def mark(self, errors: Sequence[Error]) -> None:
        """Do what `ModelField` does."""
        if self.model is not None:
            self.model.mark(errors)

    def has(self, place: tuple[int | str, ...]) -> bool:
        """Return whether there is a field at a place."""
        return self.model is not None and self.model.has(place)

    def _switch(self) -> None:
        kind = self.kind.value()
        self._show(self._kept.get(kind) or self._models[kind]())
        self.changed.emit()

    def _show(self, settings: Settings) -> None:
        if self.model is not None:
            self._layout.removeWidget(self.model)
            self.model.deleteLater()
        self.model = ModelField(settings)
        self.model.changed.connect(lambda: self.changed.emit())
        self._layout.addWidget(self.model)
        self.model.setVisible(bool(self.model.fields))


def sentence_of(message: str) -> str:
    """Return a phrase about a field as a sentence to be shown at the field.

    Parameters
    ----------
    message : str
        Such as ``radius = 300: input should be less than 200``; the field itself shows
        its name and value.
    """
    _, colon, rest = message.partition(": ")
    text = rest if colon and " = " in message.partition(": ")[0] else message
    return f"{text[:1].upper()}{text[1:]}."


def _form(parent: QWidget) -> QFormLayout:
    layout = QFormLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setVerticalSpacing(3)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def field_for(annotation: Any, facts: FieldFacts, value: Any) -> FormField | None:
    """Return the widget for a field of a model, None if no widget can show it.

    Parameters
    ----------
    annotation : Any
        Type of the field.
    facts : FieldFacts
    value : Any
        Value to show, which determines the member of a union.
    """
    if origin_of(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    origin, members = origin_of(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _union_field(members, facts, value)
    if origin is Literal:
        several = len(members) > 1
        return ChoiceField(members, facts.tooltip()) if several else None
    if origin is tuple:
        return _tuple_field(members, facts)
    if issubclass(annotation, Shape):
        return UnionField(Shape.kinds, facts.tooltip())
    if issubclass(annotation, VideoSettings):
        return UnionField(simulators(), facts.tooltip())
    if issubclass(annotation, Settings):
        return ModelField(value)
    return _plain_field(annotation, facts)


def _plain_field(annotation: type, facts: FieldFacts) -> FormField | None:
    makers: dict[type, Callable[[], FormField]] = {
        bool: lambda: SwitchField(facts.tooltip()),
        int: lambda: NumberField(facts, is_whole=True),
        float: lambda: NumberField(facts, is_whole=False),
        str: lambda: (DeviceField if facts.is_device else TextField)(facts.tooltip()),
    }
    maker = makers.get(annotation)
    return maker() if maker else None


def _tuple_field(members: tuple[Any, ...], facts: FieldFacts) -> FormField | None:
    if members[-1] is Ellipsis:
        is_flat = members[0] in (int, float)
        return NumberListField(facts) if is_flat else None
    described = [member_facts(member, facts) for member in members]
    if not all(kind in (int, float) for kind, _ in described):
        return None
    return NumberTupleField([NumberField(own, kind is int) for kind, own in described])


def _union_field(
    members: tuple[Any, ...], facts: FieldFacts, value: Any
) -> FormField | None:
    others = [member for member in members if member is not NoneType]
    if len(others) < len(members):
        inner = reduce(or_, others)
        start = value if value is not None else _start_of(inner, facts)
        field = field_for(inner, facts, start)
        return OptionalField(field, start, facts.tooltip()) if field else None
    return None


def _start_of(annotation: Any, facts: FieldFacts) -> Any:
    """Return an initial value for a field that had none."""
    if origin_of(annotation) is Literal:
        return get_args(annotation)[0]
    while origin_of(annotation) in (Annotated, Union, UnionType):
        annotation = get_args(annotation)[0]
    if issubclass(annotation, VideoSettings):
        return next(iter(simulators().values()))()
    if issubclass(annotation, Settings):
        return annotation()
    numbers = (0, facts.low, (facts.low + facts.high) / 2)
    return annotation(next((n for n in numbers if facts.allows(n)), 1))
