from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from depth_scenes import SCALING, TINY
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from napari_asist.depth import maps as depth_maps
from napari_asist.depth.maps import DepthModel, Maps, load_depth_model
from napari_asist.depth.network import Output
from napari_asist.depth.settings import DepthSettings
from napari_asist.depth.train import MODEL, build_network, save_model
from napari_asist.errors import AsistError
from napari_asist.training.checkpoint import save_state

CPU = torch.device("cpu")


def model(settings: DepthSettings = TINY) -> DepthModel:
    torch.manual_seed(0)
    return DepthModel(build_network(settings).eval(), settings, CPU)


def frames(count: int, height: int, width: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    counts = rng.normal(200, 20, (count, height, width))
    return counts.astype(np.float32)


def assert_same(one: Maps, other: Maps, tolerance: float = 0) -> None:
    for name in ("foreground", "depth", "offset", "signal"):
        assert_allclose(getattr(one, name), getattr(other, name), atol=tolerance)


@pytest.mark.parametrize("shape", [(1, 40, 48), (2, 33, 51), (3, 7, 5), (5, 1, 1)])
def test_frames_of_any_size_have_maps(shape: tuple[int, int, int]) -> None:
    found = list(model().maps(frames(*shape), SCALING))
    assert len(found) == shape[0]
    for said in found:
        # Maps checks that the others match.
        assert said.foreground.shape == shape[1:]
        for name in ("foreground", "depth", "offset", "signal"):
            values = getattr(said, name)
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
        assert 0 <= said.depth.min() <= said.depth.max() <= 1


@pytest.mark.parametrize("context", [0, 1, 3])
def test_videos_shorter_than_the_context_repeat_their_ends(context: int) -> None:
    network = model(TINY.changed(context=context))
    video = frames(2, 16, 24)
    longer = np.concatenate([video[:1].repeat(4, 0), video[1:].repeat(4, 0)])
    said = list(network.maps(video, SCALING))
    assert_same(said[0], list(network.maps(longer, SCALING))[3], 1e-5)
    assert_same(said[1], list(network.maps(longer, SCALING))[4], 1e-5)


def test_each_frame_is_read_once_and_in_turn() -> None:
    video = frames(5, 16, 16)

    asked: list[int] = []

    class Read:
        def __len__(self) -> int:
            return len(video)

        def __getitem__(self, time: int) -> NDArray[np.float32]:
            asked.append(time)
            return np.asarray(video[time])

    assert len(list(model().maps(Read(), SCALING))) == 5  # type: ignore[arg-type]
    assert asked == [0, 1, 2, 3, 4]


def test_scaled_frames_say_what_their_counts_do() -> None:
    video = frames(3, 40, 40)
    scaled = np.stack([SCALING.apply(frame) for frame in video])
    raw, known = (
        list(model().maps(video, SCALING)),
        list(model().maps_of_scaled(scaled, SCALING)),
    )
    for one, other in zip(raw, known, strict=True):
        assert_array_equal(one.foreground, other.foreground)
        above = other.signal > SCALING.to_counts(-0.99) / SCALING.deviation
        assert_allclose(one.signal[above], other.signal[above], atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 200, 90), (1, 90, 210), (1, 171, 183)])
def test_huge_frames_are_outlined_in_parts(
    shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    network, sides = model(), []
    (whole,) = network.maps(frames(*shape), SCALING)
    inner = network.network.forward

    def watched(clip: torch.Tensor) -> Output:
        sides.append(clip.shape[2:])
        return inner(clip)

    monkeypatch.setattr(depth_maps, "LARGEST", 96)
    monkeypatch.setattr(network.network, "forward", watched)
    (parts,) = network.maps(frames(*shape), SCALING)
    assert len(sides) > 1
    most = 2 * network.network.reach + 8 + 96
    assert max(max(side) for side in sides) <= most
    # The parts overlap by the network's receptive field.
    assert_same(whole, parts, 1e-4)


def test_the_largest_part_is_as_large_as_stated() -> None:
    settings = DepthSettings()
    network = build_network(settings)
    reach = -(-network.reach // settings.divisor) * settings.divisor
    for side in (2048, 4096, 9984):
        parts = depth_maps._parts(side, reach, settings.divisor)
        assert max(seen.stop - seen.start for seen, _ in parts) <= depth_maps.LARGEST
        assert parts[0][1].start == 0
        assert parts[-1][1].stop == side
        for (seen, inner), (_, after) in pairwise(parts):
            assert inner.stop == after.start
            assert seen.start % settings.divisor == 0
            assert seen.stop - inner.stop >= network.reach


def test_a_saved_model_gives_the_same_maps(tmp_path: Path) -> None:
    network = model()
    save_model(tmp_path / MODEL, network.network, TINY)
    for path in (tmp_path, tmp_path / MODEL):
        loaded = load_depth_model(path, "cpu")
        (one,), (other,) = (
            each.maps(frames(1, 24, 24), SCALING) for each in (network, loaded)
        )
        assert_same(one, other, 1e-5)


def test_files_of_something_else_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / MODEL
    with pytest.raises(AsistError, match="first train"):
        load_depth_model(path)
    path.write_bytes(b"weights")
    with pytest.raises(AsistError, match="truncated or has another format"):
        load_depth_model(path)
    save_state(path, {"network": {"x": torch.ones(1)}})
    with pytest.raises(AsistError, match="contains no depth network"):
        load_depth_model(path)
    save_state(path, {"depth": {}}, settings={"layers": 3})
    with pytest.raises(AsistError, match="another version"):
        load_depth_model(path)
    other = build_network(TINY.changed(channels=(4, 6, 10)))
    save_state(path, {"depth": other.state_dict()}, settings=TINY.model_dump())
    with pytest.raises(AsistError):
        load_depth_model(path)


def test_maps_that_do_not_fit_together_are_rejected() -> None:
    frame = np.zeros((5, 7), np.float32)
    half = np.zeros((3, 4), np.float32)
    Maps(frame, half, np.zeros((2, 3, 4), np.float32), frame)
    with pytest.raises(AsistError, match="have the shapes"):
        Maps(frame, frame, np.zeros((2, 3, 4), np.float32), frame)
