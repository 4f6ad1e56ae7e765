"""Compiled loops: where numpy would go over the same pixels many times."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function to machine code when it is first called.

    The code is kept on disk, so that only the first call after an installation takes
    the second or two that compiling needs. It runs without Python's global lock.

    Parameters
    ----------
    function : callable
        In the part of Python and numpy that numba knows; arguments are arrays and
        plain numbers.
    """
    return cast(Function, numba.njit(cache=True, nogil=True)(function))
