import pytest

from napari_asist.events import Event, Note, result_of
from napari_asist.simulation.placement import NoRoomError
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import check_room, simulate_video
from napari_asist.workflow.annotations import annotation_seed
from napari_asist.workflow.estimate.feasible import lowered, with_room

ROOMY = NucleiSettings(
    videos=2,
    frames=4,
    height=64,
    width=64,
    objects=5,
    appearing=0,
    disappearing=0,
    mitoses=0,
    radius_mean=8,
    radius_max=10,
)
# Sizes so uneven that a number of objects that fits at the mean size has no room.
CROWDED = ROOMY.changed(
    objects=9, overlap=1.0, radius_sd=25, radius_max=40, height=61, width=61
)
BUSY = ROOMY.changed(objects=1, mitoses=1, frames=2, height=24, width=24)


def simulate_all(settings: NucleiSettings) -> None:
    for number in range(settings.videos):
        simulate_video(settings, annotation_seed(0), number)


def noted(settings: SimulatorSettings) -> tuple[SimulatorSettings, list[str]]:
    events: list[Event] = []
    found = result_of(with_room(settings, 0), events.append)
    return found, [event.message for event in events if isinstance(event, Note)]


@pytest.mark.parametrize("settings", [ROOMY, MicrovilliSettings(videos=1, frames=3)])
def test_counts_that_have_room_are_kept(settings: SimulatorSettings) -> None:
    assert noted(settings) == (settings, [])


@pytest.mark.parametrize(
    ("settings", "name"), [(CROWDED, "objects"), (BUSY, "mitoses")]
)
def test_counts_without_room_are_lowered_and_reported(
    settings: NucleiSettings, name: str
) -> None:
    with pytest.raises(NoRoomError) as caught:
        simulate_all(settings)
    assert caught.value.setting == name
    found, notes = noted(settings)
    asked, left = getattr(settings, name), getattr(found, name)
    assert left < asked
    assert notes[0].startswith(f"Lowered {name} from {asked} to ")
    assert found == settings.changed(**{name: left})
    simulate_all(found)


def test_room_is_checked_for_the_video_itself() -> None:
    for number in range(6):
        try:
            simulate_video(CROWDED, 1, number)
        except NoRoomError as error:
            with pytest.raises(NoRoomError, match=str(error)):
                check_room(CROWDED, 1, number)
        else:
            check_room(CROWDED, 1, number)


def test_a_count_falls_by_a_fifth_down_to_zero() -> None:
    nuclei = NucleiSettings(objects=100, appearing=1, mitoses=4, disappearing=104)
    counts = ("objects", "appearing", "mitoses", "disappearing")

    def after(name: str) -> list[int]:
        return [getattr(lowered(nuclei, name), count) for count in counts]

    assert after("objects") == [80, 1, 4, 85]
    assert after("appearing") == [100, 0, 4, 104]
    assert after("mitoses") == [100, 1, 3, 104]
    assert after("disappearing") == [100, 1, 4, 83]
