from pathlib import Path

import pytest
import torch
from counted_stops import CountedStop
from lines import BATCH, PATCH, Line

from napari_asist.errors import AsistError
from napari_asist.events import (
    CheckpointWritten,
    Event,
    Note,
    Paused,
    Progress,
    StopFlag,
    Stopped,
    Work,
    result_of,
    stoppable,
)
from napari_asist.training.loop import train
from napari_asist.training.memory import OutOfMemory, Sizes


def trained(folder: Path, line: Line, steps: int = 20) -> list[Event]:
    seen: list[Event] = []
    result_of(train(line, "line", folder, steps, StopFlag()), seen.append)
    return seen


def notes(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Note)]


def test_a_line_is_learned() -> None:
    line = Line()
    losses = [line.step(number)["square"] for number in range(200)]
    assert losses[-1] < 0.2 * losses[0]


def test_a_step_without_memory_changes_nothing() -> None:
    line = Line(fits=PATCH)
    before = line.weights
    with pytest.raises(OutOfMemory):
        line.step(0)
    assert line.weights == before
    assert line.seen == 0


def test_smaller_batches_learn_the_same(tmp_path: Path) -> None:
    whole, parts = Line(), Line(fits=PATCH)
    trained(tmp_path / "whole", whole)
    events = trained(tmp_path / "parts", parts)
    assert parts.sizes == Sizes(1, PATCH)
    assert parts.weights == pytest.approx(whole.weights, abs=1e-6)
    reported = notes(events)[1:]
    assert len(reported) == 2
    assert "2 at a time instead of 4" in reported[0]
    assert "1 at a time instead of 2" in reported[1]
    # The smaller sizes are saved at once, before the first step.
    saved = [event.step for event in events if isinstance(event, CheckpointWritten)]
    assert saved == [0, 0, 20]


def test_a_resumed_training_keeps_the_smaller_sizes(tmp_path: Path) -> None:
    trained(tmp_path, Line(fits=PATCH // 2), steps=5)
    rest = Line()
    events = trained(tmp_path, rest, steps=10)
    assert rest.sizes == Sizes(1, PATCH // 2)
    assert len(notes(events)) == 1


def test_too_little_memory_ends_with_advice(tmp_path: Path) -> None:
    with pytest.raises(AsistError, match="even with one patch of 16 px"):
        trained(tmp_path, Line(fits=1))


def test_other_errors_are_not_mistaken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line()

    def fail(number: int) -> dict[str, torch.Tensor]:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(line, "gradients", fail)
    with pytest.raises(RuntimeError, match="shapes"):
        line.step(0)


def test_a_loss_that_is_not_a_number_leaves_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line()
    before = line.weights
    gradients = line.gradients

    def broken(number: int) -> dict[str, torch.Tensor]:
        return {name: loss * float("nan") for name, loss in gradients(number).items()}

    monkeypatch.setattr(line, "gradients", broken)
    line.step(0)
    assert line.weights == before


def test_a_weight_that_is_not_a_number_is_not_saved(tmp_path: Path) -> None:
    trained(tmp_path, Line(), steps=4)
    line = Line(precision="bfloat16")

    def spoil(event: Event) -> None:
        if isinstance(event, Progress):
            with torch.no_grad():
                line.networks.weight.fill_(float("inf"))

    work = train(line, "line", tmp_path, 9, StopFlag(), checkpoint_seconds=-1)
    with pytest.raises(AsistError, match=r"after step 5; .* precision: float32"):
        result_of(work, spoil)
    rest = Line()
    trained(tmp_path, rest, steps=4)
    assert all(abs(weight) < 9 for weight in rest.weights)


def test_float16_skips_steps_whose_gradients_overflow() -> None:
    line = Line(precision="float16")
    before = line.weights
    line.step(0)  # the scaler starts with a factor that is too high for some
    for number in range(1, 100):
        line.step(number)
    assert line.weights != before
    assert torch.isfinite(torch.tensor(line.weights)).all()


def test_the_first_note_says_where_and_how(tmp_path: Path) -> None:
    assert notes(trained(tmp_path, Line(), 1)) == ["Training on cpu in float32."]


def test_paused_training_waits_on_the_cpu_and_takes_the_same_steps(
    tmp_path: Path,
) -> None:
    whole, paused = Line(), Line()
    trained(tmp_path / "whole", whole)
    stop = StopFlag()
    for event in train(paused, "line", tmp_path / "paused", 20, stop):
        if isinstance(event, Progress) and event.done == 7:
            stop.pause()
        elif isinstance(event, Paused):
            assert (tmp_path / "paused" / "checkpoint.safetensors").exists()
            stop.resume()
    assert paused.places == ["cpu", "cpu"]
    assert paused.weights == whole.weights
    assert paused.seen == BATCH * 20


def test_a_description_mentions_a_missing_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    described = Line(device="auto").describe()
    assert described.startswith("Training on cpu in float32: ")


@pytest.mark.parametrize("after", [1, 4, 7])
def test_a_step_that_is_stopped_in_the_middle_changes_nothing(after: int) -> None:
    line = Line()
    line.step(0)
    before = line.weights

    def step() -> Work[None]:
        yield Note("test", "begins")
        line.sizes = Sizes(1, PATCH)
        line.step(1)

    with pytest.raises(Stopped):
        result_of(stoppable(step(), CountedStop(after), saves=True))
    assert line.weights == before
    assert line.seen == BATCH


def test_a_training_stopped_amid_a_step_takes_the_same_steps(tmp_path: Path) -> None:
    whole, begun = Line(), Line()
    trained(tmp_path / "whole", whole, 4)
    # Each step looks before the layer, on its way back, and at its end.
    stop, folder = CountedStop(7), tmp_path / "parts"
    seen: list[Event] = []
    work = stoppable(train(begun, "line", folder, 4, stop), stop, saves=True)
    with pytest.raises(Stopped, match="after step 2"):
        result_of(work, seen.append)
    assert isinstance(seen[-1], CheckpointWritten)
    rest = Line()
    trained(folder, rest, 4)
    assert rest.weights == whole.weights
    assert rest.seen == whole.seen
