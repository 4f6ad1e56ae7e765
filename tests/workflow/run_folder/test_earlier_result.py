from pathlib import Path

from tiny import tiny_recipe

from napari_asist.workflow.run_folder.earlier_result import has_model, set_result_aside
from napari_asist.workflow.run_folder.record import StageRecord


def result_of_settings(run: Path) -> Path:
    settings = tiny_recipe().sections("scaling", "engine", "tracking")
    (run / "result").mkdir()
    StageRecord("track", settings, 0, {}, {}).write(run / "result")
    return run / "result"


def test_a_result_of_the_same_settings_is_kept(tmp_path: Path) -> None:
    assert set_result_aside(tmp_path, tiny_recipe()) is None
    result = result_of_settings(tmp_path)
    assert set_result_aside(tmp_path, tiny_recipe()) is None
    assert result.is_dir()


def test_a_result_killed_before_its_record_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "result.partial").mkdir()
    assert set_result_aside(tmp_path, tiny_recipe()) is None


def test_results_of_other_settings_are_renamed(tmp_path: Path) -> None:
    other = tiny_recipe(tracking={"window": 3})
    for number in (1, 2):
        result = result_of_settings(tmp_path)
        aside = tmp_path / f"earlier_result_{number}"
        assert set_result_aside(tmp_path, other) == aside
        assert aside.is_dir()
        assert not result.exists()


def test_a_run_has_a_model_once_it_is_trained(tmp_path: Path) -> None:
    assert not has_model(None)
    assert not has_model(tmp_path)
    (tmp_path / "network").mkdir()
    assert has_model(tmp_path)
