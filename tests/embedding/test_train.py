from pathlib import Path

import numpy as np
import pytest
import torch
from cases import CASES
from counted_stops import assert_stops_anywhere
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_asist.embedding.clips import ClipSource
from napari_asist.embedding.embedder import load_embedder, settings_of_use
from napari_asist.embedding.settings import AugmentationSettings, EmbeddingSettings
from napari_asist.embedding.train import (
    MODEL,
    EmbeddingTraining,
    build_network,
    save_model,
    train_embedding,
)
from napari_asist.errors import AsistError
from napari_asist.events import Paused, Progress, StopFlag, result_of
from napari_asist.labels import LabelVideo
from napari_asist.training.checkpoint import load_state, save_state
from napari_asist.training.loop import train
from napari_asist.training.memory import Sizes

TINY = EmbeddingSettings(
    channels=8,
    levels=3,
    dimensions=6,
    frames=3,
    patch=32,
    steps=3,
    learning_rate=3e-3,
    schedule="cosine",
    neighbor_radius=12,
    augmentation=AugmentationSettings(elastic=2, clip_shift=0.1, clip_scale=0.1),
    device="cpu",
)


def training_videos() -> list[tuple[NDArray[np.float32], LabelVideo]]:
    videos = [CASES["division"](), CASES["touching"]()]
    return [
        (np.where(video.labels > 0, 0.6, -0.8).astype(np.float32), video)
        for video in videos
    ]


def tiny_training(settings: EmbeddingSettings = TINY) -> EmbeddingTraining:
    return EmbeddingTraining(ClipSource(training_videos(), settings), settings, 0)


def test_background_and_objects_are_learned() -> None:
    training = tiny_training(TINY.changed(steps=120))
    losses = [training.step(number) for number in range(120)]
    background = [loss["background"] for loss in losses]
    assert np.mean(background[-10:]) < 0.5 * np.mean(background[:10])


def test_restored_training_takes_the_same_steps(tmp_path: Path) -> None:
    training = tiny_training()
    training.step(0)
    save_state(tmp_path / "state.safetensors", training.state())
    expected = [training.step(number) for number in (1, 2)]
    other = tiny_training()
    other.restore(load_state(tmp_path / "state.safetensors")[0])
    assert [other.step(number) for number in (1, 2)] == expected


def test_batches_average_their_clips() -> None:
    losses = tiny_training(TINY.changed(batch=3)).step(0)
    assert set(losses) == {"embedding", "background"}
    assert all(np.isfinite(value) for value in losses.values())


def test_paused_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    trainings = [tiny_training(TINY.changed(steps=4)) for _ in range(2)]
    for training, pauses in zip(trainings, (False, True), strict=True):
        stop = StopFlag()
        for event in train(training, "rshn", tmp_path / str(pauses), 4, stop):
            if pauses and isinstance(event, Progress) and event.done == 2:
                stop.pause()
            elif isinstance(event, Paused):
                stop.resume()
    whole, paused = (training.network.state_dict() for training in trainings)
    assert all(torch.equal(whole[name], paused[name]) for name in whole)


def test_batches_computed_in_parts_have_the_same_losses() -> None:
    whole, parts = (tiny_training(TINY.changed(batch=3)) for _ in range(2))
    parts.sizes = Sizes(2, 32)
    for number in range(2):
        assert parts.step(number) == pytest.approx(whole.step(number), rel=1e-3)


def test_without_memory_clips_get_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = tiny_training(TINY.changed(patch=64))
    embed = training._embed

    def full(images: torch.Tensor) -> list[torch.Tensor]:
        if images.shape[-1] > 40:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        outputs: list[torch.Tensor] = embed(images)
        return outputs

    monkeypatch.setattr(training, "_embed", full)
    result_of(train(training, "rshn", tmp_path, 2, StopFlag()))
    assert training.sizes == Sizes(1, 32)


def test_trained_model_embeds_videos_of_any_size(tmp_path: Path) -> None:
    for downsampling in (1, 2):
        folder = tmp_path / str(downsampling)
        settings = TINY.changed(downsampling=downsampling)
        result_of(train_embedding(training_videos(), settings, folder, 0, StopFlag()))
        assert (folder / "samples" / "clip_000003.png").exists()
        embed = load_embedder(folder)
        for shape in ((3, 40, 48), (1, 7, 9), (2, 33, 50)):
            embedding = embed(np.zeros(shape, np.float32))
            assert embedding.shape == (shape[0], 6, *shape[1:])
            norms = np.linalg.norm(embedding, axis=1)
            assert norms == pytest.approx(1, abs=1e-5)


def test_weights_of_something_else_are_rejected(tmp_path: Path) -> None:
    save_state(tmp_path / MODEL, {"generator_a": {"x": torch.ones(1)}})
    with pytest.raises(AsistError, match="no embedding network"):
        load_embedder(tmp_path / MODEL)


def test_a_model_of_another_version_is_rejected(tmp_path: Path) -> None:
    save_state(tmp_path / MODEL, {"network": {}}, settings={"layers": 3})
    with pytest.raises(AsistError, match="another version"):
        load_embedder(tmp_path / MODEL)


def test_patch_that_the_levels_cannot_halve_is_rejected() -> None:
    with pytest.raises(ValidationError, match="multiple of 64"):
        EmbeddingSettings(patch=100)


def test_a_model_keeps_the_settings_of_its_use(tmp_path: Path) -> None:
    network = tiny_training().network
    use = {"tracking": {"bandwidth": 0.3}}
    save_model(tmp_path / MODEL, network, TINY, use)
    assert settings_of_use(tmp_path / MODEL) == use
    save_model(tmp_path / MODEL, network, TINY)
    assert settings_of_use(tmp_path / MODEL) == {}


def test_a_window_can_be_stopped_between_layers(tmp_path: Path) -> None:
    save_model(tmp_path / MODEL, build_network(TINY), TINY)
    embed = load_embedder(tmp_path / MODEL)
    clip = np.zeros((3, 32, 32), np.float32)
    assert_stops_anywhere(lambda: embed(clip), 3 * len(clip))
