import pytest

from napari_asist import progress
from napari_asist.events import Finished, Note, Progress, Scalars, Started, Work
from napari_asist.progress import ProgressBars, show


def work(steps: int = 3) -> Work[str]:
    yield Started("train", steps, "steps")
    for number in range(1, steps + 1):
        yield Progress("train", number, steps)
        yield Scalars("train", number, {"loss": 0.12345})
    yield Note("train", "a note")
    yield Finished("train", 1.0)
    return "result"


@pytest.fixture(autouse=True)
def bars_appear_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY_SECONDS", 0)
    monkeypatch.setattr(progress, "LOG_SECONDS", 0)


def test_the_bar_passes_the_result_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(work()) == "result"
    shown = capsys.readouterr().err
    assert "train:" in shown
    assert "3/3" in shown
    assert "steps/s" in shown or "s/ steps" in shown
    assert "loss=0.123" in shown
    assert "train: a note" in shown


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(work(), quiet=True) == "result"
    assert capsys.readouterr().err == ""


def test_short_work_shows_no_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "DELAY_SECONDS", 60)
    show(work())
    assert capsys.readouterr().err == "train: a note\n"


def test_a_resumed_stage_starts_where_it_stopped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bars = ProgressBars()
    bars.watch(Started("train", 10, "steps", done=6))
    bars.watch(Progress("train", 7, 10))
    bars.close()
    shown = capsys.readouterr().err
    assert "6/10" in shown
    assert "7/10" in shown


def test_progress_of_a_stage_that_never_started_is_ignored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ProgressBars().watch(Progress("train", 1, 2))
    assert capsys.readouterr().err == ""


def test_bars_close_when_work_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> Work[None]:
        yield Started("train", 3)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        show(failing())
    assert capsys.readouterr().err.endswith("\n")
