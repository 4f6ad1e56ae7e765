import re
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from pydantic import ValidationError
from skimage.measure import regionprops

from napari_asist.cli import main
from napari_asist.ctc import read_ctc
from napari_asist.errors import AsistError
from napari_asist.settings import explain
from napari_asist.simulation.scene import OBJECT_FIELDS
from napari_asist.simulation.settings import MicrovilliSettings, NucleiSettings
from napari_asist.simulation.shapes import Ellipse, Rectangle, Shape, Star
from napari_asist.simulation.shapes.load import load_shapes
from napari_asist.simulation.simulate import simulate_video

PAGE = Path(__file__).parents[2] / "docs" / "simulation.md"


@pytest.fixture
def filament(tmp_path: Path) -> Path:
    """Write the documentation's example as the file that users write."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code
    file = tmp_path / "filament.py"
    file.write_text(code[1], "utf-8")
    return file


def area(outline: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    u, v = outline.T
    return abs(float(u @ np.roll(v, 1) - v @ np.roll(u, 1))) / 2


def test_outlines_have_the_areas_of_their_shapes() -> None:
    scene = np.zeros(3, OBJECT_FIELDS)
    for shape, expected in ((Ellipse(), np.pi), (Rectangle(), 4)):
        outlines = shape.outline(scene)
        assert len(outlines) == 3
        assert area(outlines[1]) == pytest.approx(expected)


def test_a_shape_is_named_by_its_kind_or_by_its_settings() -> None:
    by_kind = NucleiSettings.model_validate({"shape": "star"})
    assert by_kind.shape == Star()
    bumpy = NucleiSettings(shape=Star(irregularity=0.2))
    again = NucleiSettings.model_validate_json(bumpy.model_dump_json())
    assert again == bumpy
    assert again.changed(objects=3).shape == bumpy.shape


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("blob", ["shape", "no shape 'blob'", "choose ellipse", "--shapes"]),
        ({"irregularity": 0.1}, ["shape", "no shape None"]),
        ({"kind": "star", "irregularity": 3}, ["irregularity = 3", "0.25"]),
        ({"kind": "star", "bend": 3}, ["bend", "no such setting"]),
        (7, ["shape = 7", "no shape 7"]),
    ],
)
def test_other_shapes_are_rejected(value: object, words: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        NucleiSettings.model_validate({"shape": value})
    message = str(explain(caught.value))
    assert all(word in message for word in words), message


def test_a_class_registers_itself() -> None:
    class Kite(Rectangle):
        kind: Literal["kite"] = "kite"  # type: ignore[assignment]

    try:
        assert NucleiSettings.model_validate({"shape": "kite"}).shape == Kite()
    finally:
        del Shape.kinds["kite"]


def test_the_filament_of_the_documentation_is_simulated(
    filament: Path, tmp_path: Path
) -> None:
    small = ["--set=frames=3", "--set=height=128", "--set=width=128", "--quiet"]
    bent = ["--set=objects=8", "--set=shape={kind: filament, bend: 0.8}"]
    long = ["--set=length_mean=40", "--set=overlap=1"]
    out = tmp_path / "made"
    asked = ["simulate", "microvilli", "--out", str(out), *small, *bent, *long]
    assert main(asked) == 1, "a recipe alone runs no file"
    assert main([*asked, "--shapes", str(filament)]) == 0
    labels = read_ctc(out / "01_GT").labels
    assert len(np.unique(labels[0])) == 9
    solidity = [region.solidity for region in regionprops(labels[0].astype(int))]  # type: ignore[no-untyped-call]
    assert min(solidity) < 0.8  # a straight stick has nearly 1


def test_nuclei_may_have_any_shape_too(filament: Path) -> None:
    assert load_shapes(filament) == ["filament"]
    settings = NucleiSettings(height=160, width=160, frames=8, objects=9, mitoses=1)
    settings = settings.changed(
        appearing=0, disappearing=0, overlap=1.2, shape="filament", elongation=0.8
    )
    video = simulate_video(settings, 0).checked()
    assert len(np.unique(video.labels[0])) == 10
    assert type(settings.shape) is not type(MicrovilliSettings().shape)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (None, "does not exist; check the path"),
        ("x = 1", "defines no shape"),
        ("x = 1 / 0", "ZeroDivisionError"),
        ("def", "SyntaxError"),
    ],
)
def test_files_without_a_shape_are_rejected(
    code: str | None, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.py"
    if code is not None:
        file.write_text(code, "utf-8")
    with pytest.raises(AsistError, match=says) as caught:
        load_shapes(file)
    assert "\n" not in str(caught.value)
