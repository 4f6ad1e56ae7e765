import numpy as np
import pytest
from runs_of_points import detections, grid, run_of

from napari_asist.estimation.frame_pairs import Run
from napari_asist.estimation.motion import growth_rate, measured_motion


def walk(step: float, persistence: float, shift: tuple[float, float], seed: int) -> Run:
    """Let objects walk: an autoregressive process, and a stage that shifts."""
    rng = np.random.default_rng(seed)
    places = grid(40)
    move = rng.normal(0, step, places.shape)
    frames = []
    for _ in range(6):
        frames.append(detections(places))
        places = places + move + shift
        move = persistence * move
        move += np.sqrt(1 - persistence**2) * rng.normal(0, step, places.shape)
    return run_of(*frames)


@pytest.mark.parametrize("persistence", [0.0, 0.6])
def test_motion_is_measured(persistence: float) -> None:
    runs = [walk(1.5, persistence, (3, 0), seed) for seed in range(8)]
    motion = measured_motion(runs)
    # Lengths follow a Rayleigh distribution.
    expected = 1.5 * np.sqrt(2 * np.log(2))
    assert motion.displacement.value == pytest.approx(expected, rel=0.1)
    assert motion.shift.value == pytest.approx(3, rel=0.15)
    assert motion.persistence.value == pytest.approx(persistence, abs=0.1)
    assert motion.displacement.low < motion.displacement.value
    assert motion.displacement.high > motion.displacement.value


def test_without_neighboring_frames_nothing_moves() -> None:
    motion = measured_motion([run_of(detections(grid()))])
    assert motion.displacement.value == 0
    assert motion.persistence.value == 0


def test_growth_is_reported_if_significant() -> None:
    times = np.arange(0, 50, 5)
    growing = np.round(80 * np.exp(0.02 * times)).astype(int)
    assert growth_rate(times, growing) == pytest.approx(0.02, rel=0.05)
    noisy = np.array([80, 90, 75, 88, 79, 91, 76, 85, 90, 78])
    assert growth_rate(times, noisy) == 0
