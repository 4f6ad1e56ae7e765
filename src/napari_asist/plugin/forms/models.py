"""Fields for everything in a settings model, including nested models."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args
from typing import get_origin as origin_of

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

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
from napari_asist.settings import Settings
from napari_asist.simulation.settings import VideoSettings, simulators
from napari_asist.simulation.shapes import Shape

Models: TypeAlias = Mapping[str, type[Settings]]


class ModelField(QWidget):
    """All fields of a settings model; values that no widget can show stay unchanged.

    Parameters
    ----------
    settings : Settings
    """

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._kept = settings
        self.fields: dict[str, FormField] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(3)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, info in type(settings).ordered_fields().items():
            facts = facts_of(info)
            value = getattr(settings, name)
            field = field_for(info.annotation, facts, value)
            if field is None:
                continue
            self.fields[name] = field
            field.set_value(value)
            field.changed.connect(lambda: self.changed.emit())
            title = name.replace("_", " ")
            if isinstance(field, ModelField | UnionField):
                is_open = isinstance(field, UnionField)
                layout.addRow(Group(title, facts.tooltip(), field, is_open))
            else:
                label = QLabel(title)
                label.setToolTip(facts.tooltip())
                layout.addRow(label, beside_slider(field))

    def value(self) -> dict[str, Any]:
        """Return the values of all fields."""
        shown = {name: field.value() for name, field in self.fields.items()}
        return dict(self._kept) | shown

    def set_value(self, value: Settings) -> None:
        """Show other settings of the same model, without emitting a signal."""
        self._kept = value
        for name, field in self.fields.items():
            field.set_value(getattr(value, name))


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
        str: lambda: TextField(facts.tooltip()),
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
