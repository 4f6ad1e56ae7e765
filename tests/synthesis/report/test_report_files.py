import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from skimage.io import imread

from napari_asist.synthesis.report.files import (
    REPORT,
    ROWS,
    SHEET,
    ContactSheet,
    read_report,
    write_report,
)
from napari_asist.synthesis.report.likeness import Comparison, Likeness
from napari_asist.synthesis.report.report import SynthesisReport

FOUND = SynthesisReport(
    step=100,
    annotated=50,
    shown=0.98,
    jaccard=0.9,
    stray=0.01,
    border=0.5,
    visible=0.74,
    visible_lower=0.7,
    visible_upper=0.78,
    half_maximum=0.74,
    dimmest=20,
    dimmest_real=25,
    brightest=600,
    brightest_real=640,
    noise=8,
    noise_real=9,
    histogram_distance=0.04,
    count_mismatch=-0.02,
    density_mismatch=0.5,
    flicker=0.03,
    flicker_real=0.02,
)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / ROWS).open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_report_is_read_back_with_its_verdict(tmp_path: Path) -> None:
    write_report(tmp_path / "new", FOUND)
    assert json.loads((tmp_path / "new" / REPORT).read_text())["verdict"] == "too small"
    assert read_report(tmp_path / "new") == FOUND
    assert not (tmp_path / "new" / SHEET).exists()


def test_nan_becomes_null(tmp_path: Path) -> None:
    write_report(tmp_path, replace(FOUND, half_maximum=math.nan))
    assert json.loads((tmp_path / REPORT).read_text())["half_maximum"] is None
    assert math.isnan(read_report(tmp_path).half_maximum)


def test_the_likeness_is_read_back(tmp_path: Path) -> None:
    parts = (
        Comparison("density", (2.5,), (2.0,), 0.25),
        Comparison("neighbors", (math.nan, math.nan), (1.5, 3.0), 0.5),
    )
    likeness = Likeness(parts, 0.7, "edges")
    write_report(tmp_path, replace(FOUND, likeness=likeness))
    found = read_report(tmp_path).likeness
    assert found is not None
    assert found.comparisons[0] == parts[0]
    assert math.isnan(found.comparisons[1].found[0])
    assert found.comparisons[1].real == (1.5, 3.0)
    assert (found.accuracy, found.by) == (0.7, "edges")
    (row,) = rows(tmp_path)
    # Density deviates by .8926, the classifier by .8 with twice the weight.
    assert float(row["distance"]) == round((0.892574 + 2 * 0.8) / 3, 6)
    assert row["accuracy"] == "0.7"
    assert row["density_deviation"] == "0.892574"
    assert row["neighbors_deviation"] == ""
    unknown = replace(likeness, accuracy=math.nan)
    write_report(tmp_path, replace(FOUND, likeness=unknown))
    again = read_report(tmp_path).likeness
    assert again is not None
    assert math.isnan(again.accuracy)


def test_each_report_is_a_row_and_later_ones_are_dropped(tmp_path: Path) -> None:
    for step in (100, 200, 300, 200):
        write_report(tmp_path, replace(FOUND, step=step, jaccard=step / 1000))
    assert [row["step"] for row in rows(tmp_path)] == ["100", "200"]
    assert float(rows(tmp_path)[1]["jaccard"]) == 0.2


def test_the_sheet_shows_all_kinds_of_frames(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (3, 400, 380)).astype(np.float32)
    labels = np.zeros(images.shape, np.uint16)
    labels[:, 180:220, 180:220] = 1
    write_report(tmp_path, FOUND, ContactSheet(images, images, labels))
    few = imread(tmp_path / SHEET)
    write_report(
        tmp_path, FOUND, ContactSheet(images, images[:1], labels[:1], images, images)
    )
    all_kinds = imread(tmp_path / SHEET)
    assert all_kinds.shape[0] > 1.5 * few.shape[0]
    orange = (few[..., 0] > 240) & (few[..., 2] < 40)
    assert orange.sum() > 300
