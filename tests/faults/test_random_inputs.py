"""Random inputs either are refused, or are what they should be."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import tifffile
from faulty_videos import FRAMES
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from napari_asist.ctc import read_ctc, read_track_table, validate_ctc, write_ctc
from napari_asist.ctc.read import MOST
from napari_asist.errors import AsistError
from napari_asist.labels import TRACK_DTYPE, LabelVideo
from napari_asist.settings import Settings
from napari_asist.video import open_video
from napari_asist.workflow.recipe import Recipe, make_recipe, read_recipe, write_recipe

a_few = settings(max_examples=60, deadline=None, derandomize=True)

HOW: list[dict[str, Any]] = [
    {},
    {"metadata": None, "compression": "zlib"},
    {"ome": True, "metadata": {"axes": "TYX"}},
    {"imagej": True, "metadata": {"axes": "TYX"}},
]


def tiff_bytes(how: dict[str, Any]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.tif"
        tifffile.imwrite(path, FRAMES, photometric="minisblack", **how)
        return path.read_bytes()


def check_names(error: AsistError, path: Path) -> None:
    assert str(path) in str(error)


def check_is_one_line(error: AsistError) -> None:
    assert str(error)
    assert "\n" not in str(error)


GOOD = [tiff_bytes(how) for how in HOW]


@pytest.mark.parametrize("number", range(len(HOW)))
@a_few
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1))
def test_changed_bytes_of_a_video(
    number: int, changes: list[tuple[float, int]]
) -> None:
    content = bytearray(GOOD[number])
    for place, value in changes:
        content[min(int(place * len(content)), len(content) - 1)] = value
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.tif"
        path.write_bytes(content)
        try:
            video = open_video(path)
            frames = [video.frame(time) for time in range(len(video))]
        except AsistError as error:
            check_names(error, path)
            return
    assert {frame.shape for frame in frames} == {video.frames.shape[1:]}


@pytest.mark.parametrize("number", range(len(HOW)))
@a_few
@given(end=st.floats(0, 1, exclude_max=True))
def test_the_start_of_a_video_is_refused_or_complete(number: int, end: float) -> None:
    content = GOOD[number]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.tif"
        path.write_bytes(content[: int(end * len(content))])
        try:
            frames = open_video(path).frames.compute(scheduler="synchronous")
        except AsistError as error:
            check_names(error, path)
            return
    np.testing.assert_array_equal(frames, FRAMES)


words = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.integers(0, 300).map(str),
    st.text(max_size=4),
)
lines = st.lists(words, max_size=6).map(" ".join)


@a_few
@given(text=st.one_of(st.text(), st.lists(lines, max_size=6).map("\n".join)))
def test_any_text_as_a_table_of_tracks(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "res_track.txt"
        path.write_bytes(text.encode("utf-8"))
        try:
            tracks = read_track_table(path)
        except AsistError as error:
            check_names(error, path)
            return
    assert tracks.dtype == TRACK_DTYPE
    assert all(max(row) <= MOST for row in tracks.tolist())


@a_few
@given(content=st.binary(max_size=200))
def test_any_bytes_as_a_table_of_tracks(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "res_track.txt"
        path.write_bytes(content)
        try:
            tracks = read_track_table(path)
        except AsistError as error:
            check_names(error, path)
            return
    assert tracks.dtype == TRACK_DTYPE


label_masks = st.integers(1, 4).flatmap(
    lambda count: arrays(
        np.uint32, (count, 5, 6), elements=st.sampled_from([0, 1, 2, 3, 70_000])
    )
)


@a_few
@given(labels=label_masks, first=st.integers(0, 12_000))
def test_label_videos_are_read_as_written(
    labels: NDArray[np.uint32], first: int
) -> None:
    # Tracks with gaps are cut when they are written, and large labels renumbered.
    with TemporaryDirectory() as folder:
        result = Path(folder) / "01_RES"
        write_ctc(LabelVideo(labels, first_frame=first), result)
        faults = [] if labels.any() else ["res_track.txt lists no tracks"]
        assert len(validate_ctc(result)) == len(faults)
        found = read_ctc(result)
        again = Path(folder) / "02_RES"
        write_ctc(found, again)
        assert {path.name: path.read_bytes() for path in again.iterdir()} == {
            path.name: path.read_bytes() for path in result.iterdir()
        }
    assert found.first_frame == first
    np.testing.assert_array_equal(found.labels > 0, labels > 0)
    assert not found.faults()


rows_of_tracks = st.lists(
    st.tuples(*[st.integers(-1, 5)] * 4), max_size=5, unique_by=lambda row: row[0]
)


@a_few
@given(labels=label_masks, rows=rows_of_tracks)
def test_any_table_is_refused_or_read_as_written(
    labels: NDArray[np.uint32], rows: list[tuple[int, int, int, int]]
) -> None:
    tracks = np.array(rows, TRACK_DTYPE)
    with TemporaryDirectory() as folder:
        result = Path(folder) / "01_RES"
        try:
            write_ctc(LabelVideo(labels, tracks), result)
        except AsistError:
            assert not list(Path(folder).iterdir())
            return
        found = read_ctc(result)
    np.testing.assert_array_equal(found.labels > 0, labels > 0)
    assert not found.faults()


plain = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**15), 10**15),
        st.floats(),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=8,
)
settings_of = {
    name: st.sampled_from(sorted(type(section).model_fields))
    for name, section in Recipe()
    if isinstance(section, Settings)
}
values = st.one_of(plain, st.integers(1, 64), st.floats(0, 1))
sections = st.one_of(
    plain.map(lambda value: {"seed": value}),
    st.dictionaries(st.sampled_from(sorted(Recipe.model_fields)), plain, max_size=3),
    st.sampled_from(sorted(settings_of)).flatmap(
        lambda name: st.fixed_dictionaries(
            {name: st.dictionaries(settings_of[name], values, max_size=2)}
        )
    ),
)


def numbers_in(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers_in(item)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers_in(item)]
    return [value] if isinstance(value, int | float) else []


@settings(a_few, max_examples=300)
@given(change=sections)
def test_any_plain_data_as_a_recipe(change: dict[str, Any]) -> None:
    try:
        recipe = make_recipe(changes=[change])
    except AsistError as error:
        check_is_one_line(error)
        return
    numbers = numbers_in(recipe.model_dump())
    assert np.isfinite(numbers).all()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        write_recipe(recipe, path)
        assert read_recipe(path) == recipe
