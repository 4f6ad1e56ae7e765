"""Each faulty input ends with one line that says what to do, and changes nothing."""

import logging
import re
import warnings
from collections import Counter
from pathlib import Path

import faulty_folders
import faulty_models
import faulty_outputs
import faulty_recipes
import faulty_results
import faulty_usage
import faulty_videos
import pytest
from fault import LEFT_BEHIND, OUT, Fault, contents

from napari_asist.cli import main

FAULTS = [
    *faulty_videos.FAULTS,
    *faulty_folders.FAULTS,
    *faulty_recipes.FAULTS,
    *faulty_results.FAULTS,
    *faulty_models.FAULTS,
    *faulty_outputs.FAULTS,
    *faulty_usage.FAULTS,
]

SILENT = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that Python does not show to users."""


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Load what commands load when they need it, which takes seconds once."""
    import matplotlib.pyplot
    import torch

    import napari_asist.evaluation
    import napari_asist.workflow.apply_model
    import napari_asist.workflow.demo
    import napari_asist.workflow.estimate.estimate  # noqa: F401

    assert torch
    assert matplotlib.pyplot


def test_names_are_different() -> None:
    repeated = [name for name, count in Counter(map(str, FAULTS)).items() if count > 1]
    assert not repeated
    assert len(FAULTS) >= 150


@pytest.mark.timeout(60)  # hanging inputs are faults, too
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_faulty_input_is_refused_in_one_line(
    fault: Fault,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in fault.environment.items():
        monkeypatch.setenv(name, value)
    arguments = fault.make(tmp_path)
    before = contents(tmp_path)
    capsys.readouterr()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        status = status_of(arguments)
    printed = capsys.readouterr()

    assert status == fault.status
    check_text(fault, printed.out, printed.err)
    # Users would see these as further lines.
    assert not [str(one.message) for one in warned if one.category not in SILENT]
    assert not shown(caplog)
    check_files(before, contents(tmp_path))


def status_of(arguments: list[str]) -> int:
    """Return the exit status of a command."""
    try:
        return main(arguments)
    except SystemExit as error:  # how argparse exits
        return int(error.code or 0)


def check_text(fault: Fault, out: str, err: str) -> None:
    for hint in ("Traceback", "Unexpected error"):
        assert hint not in out + err
    if fault.lists:
        assert not err
        assert re.search(fault.says, out)
        return
    lines = err.strip().splitlines()
    assert not out
    # Wrong usage is explained before the line that says what is wrong.
    assert fault.status == 2 or len(lines) == 1
    assert re.match(r"napari-asist( \w+: error)?(, rank \d+)?: ", lines[-1])
    assert re.search(fault.says, lines[-1])


def shown(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what Python would show of a log that nobody handles."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and not record.name.startswith("tifffile")
    ]


def check_files(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    assert {name: after.get(name) for name in before} == before
    new = [Path(name) for name in after if name not in before]
    assert not [path for path in new if path.parts[0] != OUT]
    assert not [path for path in new if LEFT_BEHIND.fullmatch(path.name)]
