"""Sample images: the newest, earlier ones via the slider, and enlarged by a click."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog
from skimage.io import imsave

from napari_asist.events import SampleImage
from napari_asist.plugin.training.sample_images import MOST_IN_MEMORY, SampleStrip


def sample(step: int, name: str = "clip", level: int = 0) -> SampleImage:
    return SampleImage("embedding", step, name, np.full((8, 12), level, np.uint8))


def shown(strip: SampleStrip, name: str = "clip") -> int:
    return int(strip.pictures[name].image.pixelColor(3, 3).red())


@pytest.fixture
def strip(qtbot: Any) -> SampleStrip:
    strip = SampleStrip()
    qtbot.addWidget(strip)
    return strip


def test_the_newest_is_shown_until_one_goes_back(strip: SampleStrip) -> None:
    assert strip.isHidden()
    for step in (200, 400, 600):
        strip.take(sample(step, level=step // 10))
    assert not strip.isHidden()
    assert shown(strip) == 60
    assert strip.step.text() == "step 600"
    strip.slider.setValue(0)
    assert shown(strip) == 20
    strip.take(sample(800, level=80))
    assert strip.step.text() == "step 200"
    strip.slider.setValue(strip.slider.maximum())
    assert shown(strip) == 80


def test_pictures_of_the_run_folder(strip: SampleStrip, tmp_path: Path) -> None:
    path = tmp_path / "images_000200.png"
    imsave(path, np.full((6, 6, 3), (9, 20, 30), np.uint8), check_contrast=False)
    strip.set_samples("embedding", {200: {"images": path}})
    assert shown(strip, "images") == 9
    strip.take(SampleImage("embedding", 400, "images", np.zeros((6, 6, 3), np.uint8)))
    assert strip.steps == [200, 400]
    strip.set_samples("", {})
    assert strip.isHidden()


def test_another_training_starts_over(strip: SampleStrip) -> None:
    strip.take(sample(200))
    strip.take(SampleImage("other", 5, "view", np.zeros((4, 4), np.uint8)))
    assert strip.steps == [5]
    assert list(strip.pictures) == ["view"]


def test_memory_is_bounded(strip: SampleStrip) -> None:
    for step in range(500):
        strip.take(sample(step))
    assert len(strip.steps) <= 2 * MOST_IN_MEMORY
    assert strip.steps[0] == 0
    assert strip.steps[-1] == 499


def test_a_click_enlarges(strip: SampleStrip, qtbot: Any) -> None:
    strip.take(sample(200, level=50))
    strip.show()
    qtbot.mouseClick(strip.pictures["clip"], Qt.MouseButton.LeftButton)
    (window,) = strip.findChildren(QDialog)
    assert "step 200" in window.windowTitle()
    assert window.isVisible()
    window.close()
