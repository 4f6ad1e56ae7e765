from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from depth_scenes import TINY, cut_scene, source

from napari_asist.depth import train as depth_train
from napari_asist.depth.maps import load_depth_model
from napari_asist.depth.network import Output
from napari_asist.depth.scenes import Scene
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.stream import SceneStream
from napari_asist.depth.train import MODEL, DepthTraining, first_unseen, train_depth
from napari_asist.errors import AsistError
from napari_asist.events import Event, Note, Progress, StopFlag, Stopped, result_of
from napari_asist.training.checkpoint import load_state
from napari_asist.training.memory import OutOfMemory, Sizes


def training(settings: DepthSettings = TINY) -> DepthTraining:
    stream = SceneStream(cut_scene, 2, 4, settings.total_steps, 0)
    return DepthTraining(stream, settings, 0)


def trained(
    folder: Path, settings: DepthSettings = TINY, stop_after: int | None = None
) -> list[Event]:
    """Train on rendered scenes; optionally stop after a step."""
    stop, seen = StopFlag(), []
    for event in train_depth(source().scene, settings, folder, 0, stop, workers=0):
        seen.append(event)
        if isinstance(event, Progress) and event.done == stop_after:
            stop.stop()
    return seen


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_state(folder / MODEL)[0]["depth"]
    return found


def test_a_training_that_was_stopped_ends_with_the_same_weights(tmp_path: Path) -> None:
    trained(tmp_path / "whole")
    for stop_after in (2, 5):
        with pytest.raises(Stopped):
            trained(tmp_path / "parts", stop_after=stop_after)
    trained(tmp_path / "parts")
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_objects_are_learned() -> None:
    learning = training(TINY.changed(steps=60, learning_rate=0.02))
    losses = [learning.step(number) for number in range(60)]
    assert set(losses[0]) == {"foreground", "dice", "depth", "offset"}
    for name in ("foreground", "depth"):
        first, last = (
            np.mean([loss[name] for loss in part]) for part in (losses[:6], losses[-6:])
        )
        assert last < 0.5 * first


def test_a_nan_loss_is_reported_and_changes_no_weight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        depth_train, "_dice", lambda found, wanted: found.sum() * float("nan")
    )
    learning = training()
    before = {
        name: value.clone() for name, value in learning.network.named_parameters()
    }
    assert np.isnan(learning.step(0)["dice"])
    for name, value in learning.network.named_parameters():
        assert torch.equal(value, before[name])
    with pytest.raises(AsistError, match="loss dice is nan at step 0"):
        trained(tmp_path)
    assert not (tmp_path / MODEL).exists()


def test_without_memory_batches_and_then_crops_get_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learning = training(TINY.changed(patch=32, batch=4))
    outline, network = learning._outline, learning.network
    running = {name: value.clone() for name, value in network.named_buffers()}

    def full(clip: torch.Tensor) -> Output:
        output: Output = outline(clip)
        if clip.shape[0] * clip.shape[-1] > 16:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return output

    monkeypatch.setattr(learning, "_outline", full)
    tried = []
    while True:
        try:
            losses = learning.step(0)
            break
        except OutOfMemory:
            for name, value in network.named_buffers():
                assert torch.equal(value, running[name])
            tried.append((learning.sizes.at_once, learning.sizes.patch))
            learning.shrink()
    assert tried == [(4, 32), (2, 32), (1, 32)]
    assert learning.sizes == Sizes(1, 16)
    assert all(np.isfinite(loss) for loss in losses.values())


def test_the_smallest_step_that_does_not_fit_ends_the_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learning = training()

    def full(_: torch.Tensor) -> Output:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(learning, "_outline", full)
    with pytest.raises(OutOfMemory, match="even with one patch of 16 px"):  # noqa: PT012
        while True:
            try:
                learning.step(0)
            except OutOfMemory:
                learning.shrink()


def test_batches_computed_in_parts_have_nearly_the_same_losses() -> None:
    whole, parts = training(), training()
    parts.sizes = Sizes(2, TINY.patch)
    one, other = whole.step(0), parts.step(0)
    # Each part is normalized by its own mean and standard deviation.
    assert other["foreground"] == pytest.approx(one["foreground"], rel=0.2)


def test_the_learning_rate_rises_and_falls() -> None:
    learning = training(TINY.changed(steps=100, warm_up=10, learning_rate=0.01))
    rates = [learning.learning_rate(number) for number in range(100)]
    assert rates[0] == pytest.approx(0.001)
    assert np.argmax(rates) == 9
    assert max(rates) == pytest.approx(0.01, rel=0.03)
    assert (np.diff(rates[9:]) < 0).all()
    assert 0 < rates[-1] < 1e-5
    at_once = training(TINY.changed(warm_up=0))
    assert at_once.learning_rate(0) == TINY.learning_rate


def test_samples_show_one_example_from_beginning_to_end() -> None:
    learning = training()
    first = learning.samples()["maps"]
    assert first.shape == (32, 4 * 32)
    assert first.dtype == np.uint8
    learning.step(0)
    assert learning.network.training
    second = learning.samples()["maps"]
    # The frame and the true depth remain the same; the network's output does not.
    assert (first[:, :32] == second[:, :32]).all()
    assert (first[:, 96:] == second[:, 96:]).all()
    assert (first != second).any()


def test_samples_cost_no_scene_of_the_stream() -> None:
    asked: list[int] = []

    def draw(number: int) -> Scene:
        asked.append(number)
        return cut_scene(number)

    settings = TINY.changed(steps=40)
    learning = DepthTraining(SceneStream(draw, 1, 2, 40, 0), settings, 0)
    for number in (20, 21):
        learning.step(number)
        learning.samples()
    assert sorted(asked) == [0, 19, 20, 21]


def test_waiting_is_reported_and_the_model_keeps_its_use(
    tmp_path: Path,
) -> None:
    work = train_depth(
        source().scene, TINY, tmp_path, 0, StopFlag(), {"scaling": {"tail": 0}}, 0
    )
    seen: list[Event] = []
    result_of(work, seen.append)
    notes = [event.message for event in seen if isinstance(event, Note)]
    assert any("waited for scenes" in note for note in notes)
    _, metadata = load_state(tmp_path / MODEL)
    assert metadata["use"] == {"scaling": {"tail": 0}}
    assert load_depth_model(tmp_path).settings == TINY
    assert list((tmp_path / "samples").glob("maps_*.png"))


def test_threads_are_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = torch.get_num_threads()

    def draw(_: int) -> Any:
        raise AsistError("no scene")

    with pytest.raises(AsistError, match="no scene"):
        result_of(train_depth(draw, TINY, tmp_path, 0, StopFlag(), workers=0))
    assert torch.get_num_threads() == threads


def test_scenes_beyond_the_last_are_unseen() -> None:
    last = SceneStream(cut_scene, 2, 4, TINY.total_steps, 0).span(TINY.total_steps - 1)
    assert first_unseen(TINY) == last.stop
