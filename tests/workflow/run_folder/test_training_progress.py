from pathlib import Path

import pytest

from napari_asist.workflow.run_folder.folder import RunFolder
from napari_asist.workflow.run_folder.training_progress import (
    read_losses,
    sample_files,
    training_folder,
)


@pytest.mark.parametrize("name", ["synthesis", "synthesis.partial"])
def test_complete_and_partial_folders_are_found(tmp_path: Path, name: str) -> None:
    assert RunFolder(tmp_path).existing("synthesis") is None
    (tmp_path / name / "main").mkdir(parents=True)
    assert RunFolder(tmp_path).existing("synthesis") == tmp_path / name
    assert training_folder(tmp_path, "synthesis (main)") == tmp_path / name / "main"
    assert training_folder(tmp_path, "synthesis (mask)") is None
    assert training_folder(tmp_path, "embedding") is None


def test_losses_omit_torn_rows_and_invalid_values(tmp_path: Path) -> None:
    assert read_losses(tmp_path) == {}
    (tmp_path / "losses.csv").write_text("step,a,b\n10,1.5,nan\n20,0.5,2\n30,0.")
    assert read_losses(tmp_path) == {
        "a": ([10, 20, 30], [1.5, 0.5, 0.0]),
        "b": ([20], [2]),
    }


def test_pictures_by_step_and_name(tmp_path: Path) -> None:
    assert sample_files(tmp_path) == {}
    folder = tmp_path / "samples"
    folder.mkdir()
    names = ("images_000200.png", "a_b_000400.png", "images_000400.png", "odd.png")
    for name in (*names, "images_last.png"):
        (folder / name).touch()
    assert sample_files(tmp_path) == {
        200: {"images": folder / "images_000200.png"},
        400: {
            "a_b": folder / "a_b_000400.png",
            "images": folder / "images_000400.png",
        },
    }
