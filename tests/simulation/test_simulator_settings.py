import pytest
from pydantic import TypeAdapter, ValidationError

from napari_asist.settings import explain
from napari_asist.simulation.settings import (
    BrightnessSettings,
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
    VideoSettings,
)


def test_defaults_are_the_papers_counts() -> None:
    nuclei, microvilli = NucleiSettings(), MicrovilliSettings()
    assert (nuclei.videos, nuclei.frames, *nuclei.field) == (10, 50, 512, 512)
    assert (nuclei.objects, nuclei.appearing, nuclei.disappearing) == (150, 20, 20)
    assert (nuclei.mitoses, nuclei.radius_change, nuclei.overlap) == (5, 0.1, 0.7)
    assert (microvilli.videos, microvilli.frames, microvilli.objects) == (5, 50, 100)
    assert microvilli.height + 2 * microvilli.rim == 550
    assert microvilli.translation == microvilli.rotation == 0.5
    assert microvilli.length_change == 0.5


def test_kind_chooses_the_simulator() -> None:
    read = TypeAdapter[SimulatorSettings](SimulatorSettings).validate_python
    assert isinstance(read({"kind": "nuclei", "objects": 3}), NucleiSettings)
    assert isinstance(read({"kind": "microvilli"}), MicrovilliSettings)


@pytest.mark.parametrize("model", [NucleiSettings, MicrovilliSettings])
def test_settings_survive_the_recipe(model: type[VideoSettings]) -> None:
    settings = model(objects=7)
    assert model.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize("model", [NucleiSettings, MicrovilliSettings])
def test_every_field_says_what_it_means(model: type[VideoSettings]) -> None:
    for name, field in model.model_fields.items():
        assert field.description or name == "kind", name


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"objects": 2000}, ["objects = 2000", "at most", "lower objects"]),
        ({"mitoses": 200}, ["mitoses = 200", "170", "lower mitoses"]),
        ({"disappearing": 400}, ["disappearing = 400", "175"]),
        ({"radius_mean": 30}, ["radius_mean = 30", "radius_max (16)"]),
        ({"frames": 1}, ["frames = 1", "2 frames"]),
        ({"move": -1}, ["move = -1", "greater than or equal to 0"]),
        ({"radius_change": 1.5}, ["radius_change = 1.5", "less than or equal to 1"]),
        ({"color": 1}, ["color", "no such setting"]),
    ],
)
def test_invalid_nuclei_are_rejected(
    values: dict[str, float], words: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        NucleiSettings.model_validate(values)
    message = str(explain(caught.value))
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"length_mean": 60}, ["length_mean = 60", "length_max (45)"]),
        ({"motion": "drift", "persistence": 0.5}, ["persistence = 0.5", "walk"]),
        ({"stick_width": 30}, ["stick_width = 30", "length_mean (20)"]),
        ({"objects": 5000, "overlap": 1}, ["objects = 5000", "at most 1638"]),
    ],
)
def test_invalid_sticks_are_rejected(
    values: dict[str, float | str], words: list[str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        MicrovilliSettings.model_validate(values)
    message = str(explain(caught.value))
    assert all(word in message for word in words), message


@pytest.mark.parametrize("quantiles", [(0, 3), (5, 4), (5,)])
def test_invalid_brightness_is_rejected(quantiles: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="quantiles"):
        BrightnessSettings(quantiles=quantiles)
