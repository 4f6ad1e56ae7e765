import pytest
from pydantic import ValidationError

from napari_asist.settings import explain
from napari_asist.tracking.settings import TrackingSettings


def test_defaults_are_the_published_values() -> None:
    settings = TrackingSettings()
    assert (settings.window, settings.kept) == (8, 2)
    assert (settings.bandwidth, settings.seeds) == (0.1, 128)
    assert (settings.level, settings.link_iou) == (0.5, 0.25)
    assert (settings.division_dilation, settings.division_look_back) == (3, 2)
    assert settings.division_iou == 0.01


def test_every_setting_is_described() -> None:
    for name, field in TrackingSettings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"window": 4, "kept": 5}, "kept must not exceed window"),
        ({"tile": 128, "overlap": 128}, "overlap must be smaller than tile"),
        ({"division_area_low": 2.0}, "division_area_low must be below"),
        ({"bandwidth": 0}, "bandwidth"),
    ],
)
def test_settings_that_contradict_are_refused(
    values: dict[str, float], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        TrackingSettings().changed(**values)
    assert message in str(explain(caught.value))
