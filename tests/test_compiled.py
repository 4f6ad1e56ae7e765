"""Compiled functions."""

from collections.abc import Callable
from typing import Any

import numba
import pytest

from napari_asist.compiled import compiled


def test_functions_are_compiled_where_no_cache_can_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = numba.njit

    def without_folder(*, cache: bool = False, **options: Any) -> Callable[..., Any]:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        decorate: Callable[..., Any] = plain(**options)
        return decorate

    monkeypatch.setattr(numba, "njit", without_folder)

    @compiled
    def double(number: float) -> float:
        return 2 * number

    assert double(3.5) == 7
