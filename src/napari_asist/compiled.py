"""Compiled loops, for work in which numpy would read the same pixels many times."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function to machine code when it is first called.

    The code is cached on disk, so only the first call after an installation spends a
    second or two compiling, unless neither the package nor the home folder can be
    written to. The compiled function runs without Python's global lock.

    Parameters
    ----------
    function : callable
        Restricted to the Python and numpy that numba supports; arguments are arrays and
        plain numbers.
    """
    try:
        return cast(Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder can be written to
        return cast(Function, numba.njit(nogil=True)(function))
