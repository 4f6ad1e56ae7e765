import pytest
from pydantic import ValidationError

from napari_asist.settings import explain
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.repair.settings import RepairSettings
from napari_asist.tracking.settings import TrackingSettings


def test_defaults_are_the_published_values() -> None:
    settings = TrackingSettings()
    assert (settings.window, settings.kept) == (8, 2)
    assert (settings.bandwidth, settings.seeds) == (0.1, 128)
    assert (settings.level, settings.link_iou) == (0.5, 0.25)
    assert (settings.division_dilation, settings.division_look_back) == (3, 2)
    assert settings.division_iou == 0.01


@pytest.mark.parametrize("model", [TrackingSettings, DepthTrackingSettings])
def test_every_setting_is_described(model: type[RepairSettings]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize(
    ("model", "first", "names"),
    [
        (TrackingSettings, "window", ("link_cost", "link_iou", "gap", "split_length")),
        (TrackingSettings, "window", ("divisions", "division_dilation")),
        (TrackingSettings, "window", ("division_iou", "division_area_low")),
        (
            DepthTrackingSettings,
            "foreground_level",
            ("link_reach", "link_iou", "link_traced"),
        ),
        (
            DepthTrackingSettings,
            "foreground_level",
            ("cut_sum", "gap", "split_length", "split_overlap", "minimum_length"),
        ),
        (
            DepthTrackingSettings,
            "foreground_level",
            ("small_track_length", "smallest_track", "margin", "margin_share"),
        ),
    ],
)
def test_inherited_settings_stand_where_they_belong(
    model: type[RepairSettings], first: str, names: tuple[str, ...]
) -> None:
    shown = list(model.model_fields)
    assert list(model().model_dump()) == shown
    assert (shown[0], shown[-1]) == (first, "division_length")
    start = shown.index(names[0])
    assert tuple(shown[start : start + len(names)]) == names


def test_a_redeclared_default_keeps_the_bounds() -> None:
    settings = DepthTrackingSettings()
    assert (settings.gap, settings.division_balance) == (0, 0.5)
    for values in ({"gap": -1}, {"division_balance": 1.5}, {"link_iou": 1}):
        with pytest.raises(ValidationError):
            settings.changed(**values)
    margins = [
        model.model_fields["margin"] for model in (RepairSettings, type(settings))
    ]
    units = [margin.json_schema_extra for margin in margins]
    assert units == [{"unit": "standard px"}, {"unit": "px"}]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"window": 4, "kept": 5}, "kept must not exceed window"),
        ({"tile": 128, "overlap": 128}, "overlap must be smaller than tile"),
        ({"division_area_low": 2.0}, "division_area_low must be below"),
        ({"bandwidth": 0}, "bandwidth"),
    ],
)
def test_settings_that_contradict_are_rejected(
    values: dict[str, float], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        TrackingSettings().changed(**values)
    assert message in str(explain(caught.value))
