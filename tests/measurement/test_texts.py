"""Durations and numbers as texts."""

import pytest

from napari_asist.measurement.scale import duration_text, number_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59, "59 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (9000, "2 h 30 min"),
        (7200, "2 h"),
        (7230, "2 h"),
        (93_600, "1 d 2 h"),
        (59.999, "1 min"),
    ],
)
def test_durations_have_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.01234, "0.0123"), (12.34, "12.3"), (1234.5, "1234")]
)
def test_numbers_have_three_digits(number: float, text: str) -> None:
    assert number_text(number) == text
