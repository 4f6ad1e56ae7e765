from dataclasses import replace
from pathlib import Path

import pytest

from napari_asist.errors import AsistError
from napari_asist.workflow.run_folder.folder import (
    SCRATCH,
    Plan,
    RunFolder,
    listed,
    shown,
)
from napari_asist.workflow.run_folder.record import RECORD, StageRecord

FIRST = Plan("simulate", "simulated", {"simulation": {"frames": 8, "move": 2.0}}, 1)
SECOND = Plan(
    "synthesize", "synthesis", {"synthesis": {"steps": 5}}, 1, ["simulated"], ["a"]
)
PLANS = [FIRST, SECOND]


def do(run: RunFolder, plan: Plan, text: str = "output") -> Path:
    """Run a stage whose only output is one file."""
    folder = run.open(plan)
    (folder / "output.txt").write_text(text)
    return run.close(plan)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Return a run folder in which both stages are done."""
    run = RunFolder(tmp_path / "run")
    do(run, FIRST)
    do(run, SECOND)
    return run


def test_a_stage_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    folder = run.open(FIRST)
    assert folder.name == "simulated.partial"
    assert not run.is_done("simulated")
    with pytest.raises(AsistError, match="simulated does not exist yet"):
        run.done("simulated")
    (folder / "half.txt").write_text("half")
    assert (run.open(FIRST) / "half.txt").read_text() == "half"
    whole = run.close(FIRST)
    assert run.done("simulated") == whole == tmp_path / "simulated"
    assert not folder.exists()


def test_scratch_files_are_deleted(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    folder = run.open(FIRST)
    (folder / SCRATCH).mkdir()
    (folder / SCRATCH / "0.npz").write_text("")
    run.close(FIRST)
    assert [path.name for path in (tmp_path / "simulated").iterdir()] == [RECORD]


def test_the_record_states_what_a_stage_was_made_from(run: RunFolder) -> None:
    record = StageRecord.read(run.done("synthesis"))
    assert record.stage == "synthesize"
    assert record.settings == SECOND.settings
    assert record.seed == 1
    assert list(record.inputs) == ["video 1", "simulated"]
    assert record.inputs["video 1"] == "a"
    assert "numpy" in record.versions


def test_time_adds_up(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.open(FIRST)
    run.spend(FIRST, 1.5)
    run.spend(FIRST, 2.25)
    assert StageRecord.read(run.close(FIRST)).seconds == 3.75


def test_the_same_plans_pass(run: RunFolder, tmp_path: Path) -> None:
    run.check(PLANS)
    RunFolder(tmp_path / "nothing yet").check(PLANS)


def test_other_settings_invalidate_the_stage_and_all_after_it(run: RunFolder) -> None:
    changed = replace(FIRST, settings={"simulation": {"frames": 9, "move": 2.0}})
    with pytest.raises(AsistError) as caught:
        run.check([changed, SECOND])
    assert str(caught.value) == (
        "simulation.frames is 9 in the recipe, but simulated was made with 8; choose "
        f"another --out, or delete simulated and synthesis in {run.path} to make them "
        "again."
    )


def test_settings_of_a_later_stage_do_not_affect_the_earlier(run: RunFolder) -> None:
    changed = replace(SECOND, settings={"synthesis": {"steps": 6}})
    with pytest.raises(AsistError, match=r"synthesis\.steps is 6.*delete synthesis in"):
        run.check([FIRST, changed])


def test_another_seed_is_rejected(run: RunFolder) -> None:
    with pytest.raises(AsistError, match="seed is 2 in the recipe"):
        run.check([replace(plan, seed=2) for plan in PLANS])


def test_another_video_is_rejected(run: RunFolder) -> None:
    with pytest.raises(AsistError, match="synthesis was made from a different video 1"):
        run.check([FIRST, replace(SECOND, videos=["b"])])


def test_each_video_matters_and_so_does_their_order(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    both = replace(FIRST, videos=["a", "b"])
    do(run, both)
    for others, first in ((["b", "a"], 1), (["a"], 2), (["a", "b", "c"], 3)):
        with pytest.raises(AsistError, match=f"made from a different video {first}"):
            run.check([replace(FIRST, videos=others)])
    run.check([both])


def test_a_repeated_stage_invalidates_what_was_made_from_it(run: RunFolder) -> None:
    output = run.done("simulated") / "output.txt"
    output.unlink()
    output.parent.joinpath(RECORD).unlink()
    output.parent.rmdir()
    with pytest.raises(AsistError, match="made from simulated, which no longer exists"):
        run.check(PLANS)
    do(run, FIRST, "other output")
    with pytest.raises(
        AsistError, match="synthesis was made from a different simulated"
    ):
        run.check(PLANS)


def test_a_manual_change_of_an_input_is_detected(run: RunFolder) -> None:
    (run.done("simulated") / "output.txt").write_text("edited")
    with pytest.raises(AsistError, match="made from a different simulated"):
        run.check(PLANS)


def test_files_that_no_stage_reads_may_be_deleted(run: RunFolder) -> None:
    samples = run.done("simulated") / "main" / "samples"
    samples.mkdir(parents=True)
    (samples / "0.png").write_text("")
    (samples.parent / "losses.csv").write_text("")
    run.check(PLANS)


def test_a_partial_stage_is_checked_too(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.open(FIRST)
    with pytest.raises(AsistError, match=r"delete simulated\.partial in"):
        run.check([replace(FIRST, seed=3)])


def test_a_folder_killed_before_its_record_is_made_again(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    (tmp_path / "simulated.partial").mkdir()
    (tmp_path / "simulated.partial" / "rest").write_text("")
    run.check(PLANS)
    assert [path.name for path in run.open(FIRST).iterdir()] == [RECORD]


def test_a_damaged_record_is_rejected(run: RunFolder) -> None:
    (run.done("simulated") / RECORD).write_text("{")
    with pytest.raises(AsistError, match=r"no readable record\.json"):
        run.check(PLANS)


def test_words() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert shown(None) == "not set"
    assert len(shown(list(range(100)))) == 38
