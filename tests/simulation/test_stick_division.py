from itertools import pairwise

import numpy as np
import pytest

from napari_asist.simulation.microvilli import microvilli_scenes
from napari_asist.simulation.placement import NoRoomError
from napari_asist.simulation.settings import MicrovilliSettings
from napari_asist.simulation.simulate import simulate_video

RODS = MicrovilliSettings(
    frames=8,
    height=256,
    width=256,
    objects=30,
    mitoses=6,
    overlap=0.8,
    stick_width=8,
    length_mean=30,
    length_min=20,
    length_max=60,
    translation=0,
    rotation=0,
    length_change=0,
    growth=4,
)


@pytest.mark.parametrize("rounding", [0.0, 0.8])
@pytest.mark.parametrize("frames", [2, 8])
def test_the_requested_number_divides(rounding: float, frames: int) -> None:
    video = simulate_video(RODS.changed(rounding=rounding, frames=frames), 3).checked()
    parents = video.tracks["parent"][video.tracks["parent"] > 0]
    mothers, daughters = np.unique(parents, return_counts=True)
    assert len(mothers) == 6
    assert (daughters == 2).all()


def test_daughters_are_the_halves_of_their_mother_and_grow_to_her_length() -> None:
    scenes = list(microvilli_scenes(RODS, np.random.default_rng(3)))
    seen = 0
    for time in range(1, len(scenes)):
        before, now = scenes[time - 1], scenes[time]
        for mother in before[~np.isin(before["id"], now["id"])]:
            pair = now[(now["parent"] == mother["id"]) & (now["first_frame"] == time)]
            assert len(pair) == 2
            np.testing.assert_allclose(pair["major"], mother["major"] / 2)
            np.testing.assert_allclose(pair["minor"], mother["minor"])
            for name in ("y", "x"):
                assert pair[name].mean() == pytest.approx(mother[name])
            apart = np.hypot(*(np.diff(pair[name])[0] for name in ("y", "x")))
            assert apart == pytest.approx(mother["major"])
            for later, scene in enumerate(scenes[time:]):
                grown = scene[np.isin(scene["id"], pair["id"])]
                full = np.minimum(
                    pair["major"] + later * RODS.growth / 2, mother["major"]
                )
                np.testing.assert_allclose(grown["major"], full)
            seen += 1
    assert seen == 6


def test_mothers_round_up_and_daughters_are_round_at_first() -> None:
    round_ones = RODS.changed(rounding=1)
    scenes = list(microvilli_scenes(round_ones, np.random.default_rng(3)))
    seen = 0
    for before, now in pairwise(scenes):
        mothers = before[~np.isin(before["id"], now["id"])]
        np.testing.assert_allclose(mothers["major"], mothers["minor"])
        daughters = now[now["id"] > before["id"].max()]
        np.testing.assert_allclose(daughters["major"], daughters["minor"])
        area = mothers["major"] * mothers["minor"]
        half = daughters["major"] * daughters["minor"]
        assert half.sum() == pytest.approx(area.sum())
        seen += len(mothers)
    assert seen == 6


def test_divisions_without_room_are_reported() -> None:
    with pytest.raises(NoRoomError, match="mitoses = 40: only") as caught:
        simulate_video(RODS.changed(mitoses=40, frames=3), 0)
    assert caught.value.setting == "mitoses"
    with pytest.raises(NoRoomError, match="only 0 found"):
        simulate_video(RODS.changed(mitoses=1, frames=1), 0)
