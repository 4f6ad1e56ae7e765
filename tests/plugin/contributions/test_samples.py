from typing import Any

import numpy as np
import pytest

from napari_asist.plugin.contributions.samples import virtual_nuclei


@pytest.mark.parametrize("key", ["virtual-nuclei", "virtual-microvilli"])
def test_samples_open_in_napari(make_napari_viewer_proxy: Any, key: str) -> None:
    viewer = make_napari_viewer_proxy()
    (layer,) = viewer.open_sample("napari-asist", key)
    assert layer.name == key.replace("-", " ")
    assert layer.data.shape == (30, 256, 256)
    first, last = np.asarray(layer.data[0]), np.asarray(layer.data[-1])
    # Objects stand out, and they move.
    assert np.percentile(first, 99) > 1.5 * np.percentile(first, 10)
    assert np.corrcoef(first.ravel(), last.ravel())[0, 1] < 0.9
    assert viewer.dims.nsteps[0] == 30


def test_the_same_sample_every_time() -> None:
    (first, _, _), (again, _, _) = virtual_nuclei()[0], virtual_nuclei()[0]
    np.testing.assert_array_equal(np.asarray(first[7]), np.asarray(again[7]))
