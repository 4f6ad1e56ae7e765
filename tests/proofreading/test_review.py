"""The review queue lists what is wrong, worst first, and nothing in clean videos."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from cases import CASES, blank, square

from napari_asist.labels import CONFIDENCE_DTYPE, LabelVideo, split_gaps, track_table
from napari_asist.measurement.objects import measure_objects
from napari_asist.proofreading import (
    merge_tracks,
    relabel_track,
    set_parent,
    split_track,
    swap_tracks,
)
from napari_asist.proofreading.edit import Edit, write_changes
from napari_asist.proofreading.review import (
    AREA,
    BEGINS,
    BRIEF,
    ENDS,
    INTERRUPTED,
    MERGED,
    NOT_LINKED,
    ODD_DIVISION,
    SPEED,
    SPLIT,
    SWAPPED,
    UNSURE_LINK,
    UNSURE_OUTLINE,
    ReviewItem,
    review_items,
)
from napari_asist.proofreading.reviewed import (
    ACCEPTED,
    CORRECTED,
    DISMISSED,
    OPEN,
    Review,
    changed_tracks,
)
from napari_asist.simulation.nuclei_settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video

TIME = 9
"""The frame in which errors are injected."""


def found(video: LabelVideo) -> list[ReviewItem]:
    return review_items(video, measure_objects(video.labels))


@cache
def simulated() -> LabelVideo:
    """Forty nuclei over 20 frames, with 4 divisions; all tracks are right."""
    settings = NucleiSettings(
        frames=20,
        height=300,
        width=300,
        objects=40,
        appearing=0,
        disappearing=0,
        mitoses=4,
    )
    return simulate_video(settings, seed=0)


def corrected(video: LabelVideo, edit: Edit) -> LabelVideo:
    labels = video.labels.copy()
    write_changes(edit.changes, labels)
    return LabelVideo(labels, edit.after)


def lasting(video: LabelVideo) -> list[int]:
    """Return the tracks that are far from the border in the whole video."""
    objects = measure_objects(video.labels)
    shape = video.labels.shape
    inside = []
    for label, begin, end, parent in video.tracks.tolist():
        own = objects[objects["label"] == label]
        near = np.minimum(own["y"], shape[1] - 1 - own["y"])
        near = np.minimum(near, np.minimum(own["x"], shape[2] - 1 - own["x"]))
        if (begin, end, parent) == (0, len(video) - 1, 0) and near.min() > 40:
            inside.append(label)
    return inside


def closest_pair(video: LabelVideo, time: int) -> tuple[int, int]:
    """Return the two lasting tracks that are closest in a frame."""
    objects = measure_objects(video.labels[time : time + 1])
    at = {row["label"].item(): (row["y"], row["x"]) for row in objects}
    names = lasting(video)
    pairs = [(one, other) for one in names for other in names if one < other]
    return min(
        pairs,
        key=lambda pair: float(
            np.hypot(*np.subtract(at[pair[0]], at[pair[1]], dtype=float))
        ),
    )


def mother_of(video: LabelVideo) -> int:
    """Return a mother whose daughters are in the field."""
    parents = video.tracks["parent"]
    return int(parents[parents > 0][0])


def deleted(video: LabelVideo, label: int, times: range) -> LabelVideo:
    labels = video.labels.copy()
    for time in times:
        labels[time][labels[time] == label] = 0
    return split_gaps(LabelVideo(labels, video.tracks))


def test_nothing_is_listed_where_nothing_is_wrong() -> None:
    assert found(simulated()) == []


@pytest.mark.parametrize("name", ["good", "touching", "one_frame", "late_start"])
def test_small_videos_without_errors(name: str) -> None:
    assert found(CASES[name]()) == [] or name == "good"


def test_a_track_that_leaves_from_the_middle_is_listed() -> None:
    (item,) = found(CASES["good"]())
    assert (item.kind, item.frame, item.labels) == (ENDS, 2, (3,))
    assert (item.y, item.x) == (31.5, 33.5)
    assert item.words == "The track ends inside the field."


def test_an_empty_video_has_an_empty_list() -> None:
    assert found(LabelVideo(blank(3))) == []


def test_entering_and_leaving_at_the_border_is_usual() -> None:
    labels = blank(9)
    for time, frame in enumerate(labels):
        square(frame, 2, 24, 24)
        if time < 3:
            frame[8:16, : 9 - 3 * time] = 1
        elif time > 5:
            frame[8:16, : 3 * time - 15] = 3
    assert found(LabelVideo(labels)) == []


def lost_end(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    label = lasting(video)[0]
    return deleted(video, label, range(TIME, len(video))), ENDS, {label}


def late_begin(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    label = lasting(video)[0]
    return deleted(video, label, range(TIME)), BEGINS, {label}


def lost_link(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    label = lasting(video)[0]
    new = int(video.tracks["label"].max()) + 1
    return corrected(video, split_track(video, label, TIME)), INTERRUPTED, {label, new}


def speck(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    labels = video.labels.copy()
    new = int(video.tracks["label"].max()) + 1
    free = labels[TIME] == 0
    for row in range(60, 240):
        for column in range(60, 240):
            if free[row - 6 : row + 6, column - 6 : column + 6].all():
                labels[TIME, row - 3 : row + 3, column - 3 : column + 3] = new
                rows = [*video.tracks.tolist(), (new, TIME, TIME, 0)]
                return LabelVideo(labels, track_table(rows)), BRIEF, {new}
    raise AssertionError


def merged(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    one, other = closest_pair(video, TIME)
    labels = video.labels.copy()
    labels[TIME][labels[TIME] == other] = one
    return split_gaps(LabelVideo(labels, video.tracks)), MERGED, {one, other}


def halved(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    label = lasting(video)[0]
    labels = video.labels.copy()
    new = int(video.tracks["label"].max()) + 1
    inside = labels[TIME] == label
    middle = int(np.nonzero(inside)[0].mean())
    labels[TIME, :middle][inside[:middle]] = new
    rows = [*video.tracks.tolist(), (new, TIME, TIME, 0)]
    return LabelVideo(labels, track_table(rows)), SPLIT, {label, new}


def swapped(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    one, other = closest_pair(video, TIME)
    return corrected(video, swap_tracks(video, one, other, TIME)), SWAPPED, {one, other}


def grown(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    label = lasting(video)[0]
    labels = video.labels.copy()
    row, column = (int(at.mean()) for at in np.nonzero(labels[TIME] == label))
    around = labels[TIME, row - 20 : row + 21, column - 20 : column + 21]
    around[around == 0] = label
    return LabelVideo(labels, video.tracks), AREA, {label}


def moved(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    label = lasting(video)[0]
    labels = video.labels.copy()
    rows, columns = np.nonzero(labels[TIME] == label)
    best = max(
        (
            (row, column)
            for row in range(-24, 25, 4)
            for column in range(-24, 25, 4)
            if not labels[TIME][rows + row, columns + column].any()
        ),
        key=lambda shift: shift[0] ** 2 + shift[1] ** 2,
    )
    labels[TIME][rows, columns] = 0
    labels[TIME][rows + best[0], columns + best[1]] = label
    return LabelVideo(labels, video.tracks), SPEED, {label}


def stranger(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    """One daughter is replaced by a track from elsewhere that begins then."""
    mother = mother_of(video)
    first, second = video.children(mother).tolist()
    begin = int(video.tracks["begin"][video.tracks["label"] == first][0])
    objects = measure_objects(video.labels[begin : begin + 1])
    own = objects[objects["label"] == first][0]
    far = max(
        lasting(video),
        key=lambda label: float(
            np.hypot(
                objects["y"][objects["label"] == label][0] - own["y"],
                objects["x"][objects["label"] == label][0] - own["x"],
            )
        ),
    )
    cut = corrected(video, split_track(video, far, begin))
    new = int(cut.tracks["label"].max())
    cut.tracks["parent"][cut.tracks["label"] == second] = 0
    joined = corrected(cut, set_parent(cut, new, mother))
    return joined, ODD_DIVISION, {mother, first, new}


def dying(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    mother = mother_of(video)
    first, second = video.children(mother).tolist()
    begin = int(video.tracks["begin"][video.tracks["label"] == first][0])
    short = deleted(video, first, range(begin + 1, len(video)))
    return short, ODD_DIVISION, {mother, first, second}


def lone(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    mother = mother_of(video)
    first, second = video.children(mother).tolist()
    return deleted(video, first, range(len(video))), ODD_DIVISION, {mother, second}


def unlinked(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    mother = mother_of(video)
    born = video.children(mother).tolist()
    tracks = video.tracks.copy()
    tracks["parent"][np.isin(tracks["label"], born)] = 0
    return LabelVideo(video.labels, tracks), NOT_LINKED, {mother, *born}


def doubted(video: LabelVideo, name: str) -> LabelVideo:
    objects = measure_objects(video.labels)
    table = np.zeros(len(objects), CONFIDENCE_DTYPE)
    rng = np.random.default_rng(0)
    inside = [
        np.argwhere(video.labels[frame] == label)[0]
        for label, frame in objects[["label", "frame"]].tolist()
    ]
    table["frame"] = objects["frame"]
    table["y"], table["x"] = np.transpose(inside)
    table["object"] = rng.uniform(0.85, 0.95, len(table))
    table["link"] = rng.uniform(0.93, 0.99, len(table))
    odd = (objects["label"] == lasting(video)[0]) & (objects["frame"] == TIME)
    table[name][odd] = 0.2
    return LabelVideo(video.labels, video.tracks, confidence=table)


def faint(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    return doubted(video, "object"), UNSURE_OUTLINE, {lasting(video)[0]}


def untraced(video: LabelVideo) -> tuple[LabelVideo, str, set[int]]:
    return doubted(video, "link"), UNSURE_LINK, {lasting(video)[0]}


Injection = Callable[[LabelVideo], tuple[LabelVideo, str, set[int]]]


@pytest.mark.parametrize(
    "inject",
    [
        lost_end,
        late_begin,
        lost_link,
        speck,
        merged,
        halved,
        swapped,
        grown,
        moved,
        stranger,
        dying,
        lone,
        unlinked,
        faint,
        untraced,
    ],
)
def test_an_injected_error_ranks_first(inject: Injection) -> None:
    video, kind, labels = inject(simulated())
    assert video.faults() == []
    first, *others = found(video)
    assert (first.kind, set(first.labels) >= labels or set(first.labels) <= labels) == (
        kind,
        True,
    )
    assert all(item.level <= first.level for item in others)
    assert len(others) <= 2


def test_one_error_is_one_item() -> None:
    for inject in (lost_link, speck, merged, halved, swapped, grown, moved, unlinked):
        assert len(found(inject(simulated())[0])) == 1, inject.__name__


def test_levels_do_not_depend_on_magnification() -> None:
    video, kind, _ = lost_link(simulated())
    large = LabelVideo(video.labels.repeat(2, 1).repeat(2, 2), video.tracks)
    (small_item,), (large_item,) = found(video), found(large)
    assert large_item.kind == small_item.kind == kind
    assert large_item.level == pytest.approx(small_item.level, rel=0.05)


def test_decisions_survive_the_correction_of_other_tracks() -> None:
    video, _, _ = merged(lost_link(simulated())[0])
    one, other = found(video)
    review = Review()
    review.renew([one, other], set())
    review.decide(other, ACCEPTED)
    assert review.counts() == {
        "listed": 2,
        "accepted": 1,
        "corrected": 0,
        "dismissed": 0,
    }
    link = one if one.kind == INTERRUPTED else other
    kept = other if link is one else one
    after = corrected(video, merge_tracks(video, *link.labels))
    review.renew(found(after), changes(video, after))
    states = {item.kind: review.state(item) for item in review.items}
    assert states[kept.kind] == (ACCEPTED if kept is other else OPEN)
    assert states[INTERRUPTED] == (ACCEPTED if link is other else CORRECTED)
    # Undo: what was corrected is open again.
    review.renew(found(video), changes(after, video))
    assert review.state(one) == OPEN
    assert review.state(other) == ACCEPTED


def test_a_relabeled_track_keeps_its_decision() -> None:
    video, _, (label, *_) = lost_end(simulated())
    (item,) = found(video)
    review = Review()
    review.renew([item], set())
    review.decide(item, DISMISSED)
    after = corrected(video, relabel_track(video, label, 500))
    review.renew(found(after), changes(video, after))
    (renamed,) = review.items
    assert renamed.labels == (500,)
    assert review.state(renamed) == DISMISSED


def test_an_open_item_that_is_no_longer_unusual_is_dropped() -> None:
    video, _, _ = lost_end(simulated())
    (item,) = found(video)
    review = Review()
    review.renew([item], set())
    review.renew([], {item.labels[0] + 1})
    assert review.items == []


def changes(before: LabelVideo, after: LabelVideo) -> set[int]:
    return changed_tracks(
        (measure_objects(before.labels), before.tracks),
        (measure_objects(after.labels), after.tracks),
    )
