"""Derive the seed of each stage from the recipe's seed."""

from zlib import crc32

import numpy as np


def derive_seed(seed: int, *names: str | int) -> int:
    """Derive a seed for a named part of the work.

    Parameters
    ----------
    seed : int
        Seed of the recipe.
    *names : str or int
        Name of the stage, number of the video, ….

    Returns
    -------
    int
        Below 2**32; parts of different names get independent seeds.
    """
    keys = [crc32(name.encode()) if isinstance(name, str) else name for name in names]
    return int(np.random.SeedSequence([seed, *keys]).generate_state(1)[0])
