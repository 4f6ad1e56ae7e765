"""Folders of frames: what the names of the files say."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_asist.errors import AsistError
from napari_asist.video import calibration_of, channel_names_of, open_video
from napari_asist.video.frame_names import ordered_frames

HOUR = 3600.0


def names_in_order(*names: str, channel: int | None = None) -> list[str]:
    found = ordered_frames([Path("video", name) for name in names], channel)
    return [path.name for path in found.paths]


def interval(*names: str) -> float | None:
    return ordered_frames([Path("video", name) for name in names]).interval


def refusal(*names: str, channel: int | None = None) -> str:
    with pytest.raises(AsistError) as raised:
        names_in_order(*names, channel=channel)
    return str(raised.value)


@pytest.mark.parametrize(
    ("names", "seconds"),
    [
        (["t0.tif", "t1.tif", "t2.tif"], None),
        (["img8.tif", "img9.tif", "img10.tif"], None),
        (["a_2.tif", "a_4.tif", "a_6.tif"], None),
        (["s1.9.tif", "s1.10.tif", "s1.11.tif"], None),
        (["x0.5.tif", "x1.tif", "x1.5.tif"], None),
        (["x0.05h.tif", "x0.1h.tif", "x0.15h.tif", "x0.2h.tif"], 0.05 * HOUR),
        (["x8min.tif", "x12min.tif", "x16min.tif"], 240),
        (["x900ms.tif", "x1900ms.tif", "x2900ms.tif"], 1),
        (["B4_1_00d00h30m.tif", "B4_1_00d01h00m.tif", "B4_1_00d01h30m.tif"], HOUR / 2),
        (["B4_1_00d23h.tif", "B4_1_01d00h.tif", "B4_1_01d01h.tif"], HOUR),
        (["a_20240131_2330.tif", "a_20240201_0000.tif", "a_20240201_0030.tif"], 1800),
        (["2024-02-28.tif", "2024-02-29.tif", "2024-03-01.tif"], 24 * HOUR),
        (["2024-01-31T23-59-50.tif", "2024-02-01T00-00-00.tif"], 10),
        (["x_105930.tif", "x_110000.tif", "x_110030.tif"], 30),
        (["t0958.tif", "t0959.tif", "t1000.tif", "t1001.tif"], 60),
        (["t1345.tif", "t1400.tif", "t1415.tif"], 900),
        (
            [
                "VID7_A1_1_2021y05m12d_22h00m.tif",
                "VID7_A1_1_2021y05m12d_23h00m.tif",
                "VID7_A1_1_2021y05m13d_00h00m.tif",
            ],
            HOUR,
        ),
        (
            [
                "exp 2024-01-31 11-30-00 AM.tif",
                "exp 2024-01-31 12-30-00 PM.tif",
                "exp 2024-01-31 01-30-00 PM.tif",
            ],
            HOUR,
        ),
        (["a 11.30 am.tif", "a 12.30 pm.tif", "a 01.30 pm.tif"], HOUR),
        (["001_20240131_2330.tif", "002_20240131_2345.tif"], 900),
        ([f"c{number}.tif" for number in range(9)], None),
        (["f5_10s.tif", "f6_20s.tif", "f7_30s.tif"], 10),
    ],
)
def test_frames_are_in_the_order_of_time(
    names: list[str], seconds: float | None
) -> None:
    shuffled = [
        names[place] for place in np.random.default_rng(3).permutation(len(names))
    ]
    assert names_in_order(*shuffled) == names
    assert interval(*shuffled) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["t000.tif", "t001.tif", "t003.tif"], "no frame 2 (after t001.tif)"),
        (["a0.tif", "a2.tif", "a4.tif", "a10.tif"], "no frames 6, 8 (after a4.tif)"),
        (["a_1.tif", "a_3.tif", "a_4.tif"], "no frame 2 (after a_1.tif)"),
        (
            [f"a{n}.tif" for n in (0, 1, 9)],
            "no frames 2, 3, 4 and 4 more (after a1.tif)",
        ),
        # Not the minute after 59 seconds.
        (["a000058.tif", "a000059.tif", "a000100.tif"], "no frames 60, 61, 62 and 37"),
        (["a0058.tif", "a0059.tif", "a0100.tif"], "no frames 60, 61, 62 and 37 more"),
        (["a0958.tif", "a0959.tif", "a1060.tif"], "no frames 960, 961, 962 and 97"),
        (["a58.tif", "a59.tif", "a100.tif"], "no frames 60, 61, 62 and 37 more"),
        (["x1h.tif", "x2h.tif", "x4h.tif"], "between x2h.tif and x4h.tif"),
        (
            ["20240131_2330.tif", "20240131_2340.tif", "20240201_0000.tif"],
            "between 20240131_2340.tif and 20240201_0000.tif",
        ),
    ],
)
def test_missing_frames_are_named(names: list[str], missing: str) -> None:
    assert missing in refusal(*names)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["t0.tif", "t1.tif", "mean.tif"], "(t#.tif and mean.tif)"),
        (["p1_t0.tif", "p1_t1.tif", "p2_t0.tif", "p2_t1.tif"], "after “p”, after “t”"),
        (["p1_t0.tif", "p1_t1.tif", "p2_t0.tif"], "1 file is missing, too"),
        # A counter of all files does not make positions a video.
        (
            ["001_p1.tif", "002_p1.tif", "003_p2.tif", "004_p2.tif"],
            "differ in 2 numbers",
        ),
        (["t1.tif", "t01.tif", "t2.tif"], "t1.tif and t01.tif have the same numbers"),
        (["t1.tif", "t01.tif"], "t1.tif and t01.tif have the same numbers"),
        (["a_z1.tif", "a_z2.tif", "a_z3.tif"], "after “z”, which is not a time"),
        (["a_pos01.tif", "a_pos02.tif"], "after “pos”, which is not a time"),
        (["a_ch1.tif", "a_ch2.tif"], "2 channels (0 ch1, 1 ch2)"),
        (["z1_c1_t1.tif", "z2_c1_t1.tif", "z1_c2_t1.tif"], "after “z”"),
    ],
)
def test_mixtures_are_refused(names: list[str], said: str) -> None:
    assert said in refusal(*names)


CHANNELS = [f"exp_ch{c}_t{t:02d}.tif" for c in (1, 2) for t in range(4)]


def test_a_channel_is_chosen_by_its_place() -> None:
    assert names_in_order(*CHANNELS, channel=1) == CHANNELS[4:]
    assert "choose one with --channel" in refusal(*CHANNELS)
    assert "ch2 has only 3 of 4 frames" in refusal(*CHANNELS[:7])
    assert names_in_order(*CHANNELS[:7], channel=0) == CHANNELS[:4]
    assert "--channel 0 to --channel 1" in refusal(*CHANNELS, channel=2)
    # The chosen channel has to be complete as well.
    assert "no frame 1" in refusal(*CHANNELS[:5], *CHANNELS[6:], channel=1)


def test_a_folder_of_channels_opens(tmp_path: Path) -> None:
    for number, name in enumerate(CHANNELS):
        tifffile.imwrite(tmp_path / name, np.full((20, 30), number, np.uint16))
    video = open_video(tmp_path, channel=1)
    assert video.frames[:, 0, 0].compute().tolist() == [4, 5, 6, 7]
    assert channel_names_of(tmp_path) == ["ch1", "ch2"]


def test_times_in_names_give_the_interval(tmp_path: Path) -> None:
    for number in range(3):
        path = tmp_path / f"cells_00d{number // 2:02d}h{30 * (number % 2):02d}m.tif"
        tifffile.imwrite(path, np.full((20, 30), number, np.uint16))
    video = open_video(tmp_path)
    assert video.frame_interval == HOUR / 2
    assert calibration_of(tmp_path) == (None, HOUR / 2)
    assert video.frames[:, 0, 0].compute().tolist() == [0, 1, 2]


def test_links_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    for number in range(3):
        tifffile.imwrite(tmp_path / f"t{number}.tif", np.zeros((20, 30), np.uint16))
    (tmp_path / "t3.tif").symlink_to(tmp_path / "gone.tif")
    with pytest.raises(AsistError, match=r"t3\.tif is a link to .*gone\.tif"):
        open_video(tmp_path)
