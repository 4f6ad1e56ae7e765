"""Everything measured without labels, with its spread over the frames."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.estimation.clustering import density_map, fitted_clustering
from napari_asist.estimation.detect import Detections
from napari_asist.estimation.event_rates import Rates, measured_rates
from napari_asist.estimation.frame_pairs import Run
from napari_asist.estimation.motion import (
    Motion,
    growth_rate,
    mean_direction,
    measured_motion,
)
from napari_asist.estimation.quantity import (
    Spread,
    median_spread,
    quantile_spreads,
    spread_of,
)

DECILES = tuple(np.linspace(0, 1, 11).tolist())


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of the detections in the sampled frames.

    Sizes and shapes are those of objects away from the frame's border.

    Parameters
    ----------
    count : Spread
        Objects in a frame.
    radius, length, width : Spread
        Medians: radius of the circle of equal area, axes of the ellipse (px).
    elongation : Spread
        Median length over width.
    irregularity : Spread
        Median deviation of the outlines of isolated objects from ellipses: the setting
        of that name of the shape `star`. 0 if there are none.
    radii, elongations, brightness : tuple of 11 Spread
        Deciles from 0 to 100 %: px, ratios, counts over the background.
    direction, direction_spread : Spread
        Mean and standard deviation of the long axis in degrees; a spread of 90 means no
        preferred direction.
    motion : Motion
    rates : Rates
    growth : float
        Relative growth of the count per frame, 0 if it is not significant.
    clustering, cluster_size : Spread
        See the simulators' settings with these names.
    density_map, density_map_sd : ndarray of float64, shape (rows, columns)
        Relative density over the field with a mean of 1, and its standard deviation
        over the runs of frames.
    """

    count: Spread
    radius: Spread
    length: Spread
    width: Spread
    elongation: Spread
    irregularity: Spread
    radii: tuple[Spread, ...]
    elongations: tuple[Spread, ...]
    brightness: tuple[Spread, ...]
    direction: Spread
    direction_spread: Spread
    motion: Motion
    rates: Rates
    growth: float
    clustering: Spread
    cluster_size: Spread
    density_map: NDArray[np.float64]
    density_map_sd: NDArray[np.float64]

    def in_pixels(self, factor: float) -> "Statistics":
        """Return the statistics with lengths in other pixels.

        Parameters
        ----------
        factor : float
            Number of new pixels per measured pixel.
        """
        motion = replace(
            self.motion,
            displacement=self.motion.displacement.times(factor),
            shift=self.motion.shift.times(factor),
        )
        return replace(
            self,
            radius=self.radius.times(factor),
            length=self.length.times(factor),
            width=self.width.times(factor),
            radii=tuple(radius.times(factor) for radius in self.radii),
            cluster_size=self.cluster_size.times(factor),
            motion=motion,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the statistics as plain data for a JSON file."""
        values = asdict(self)
        for name in ("density_map", "density_map_sd"):
            values[name] = np.round(values[name], 3).tolist()
        return values


def measured_statistics(
    times: Sequence[NDArray[np.int64]], runs: Sequence[Run]
) -> Statistics:
    """Measure all statistics from runs of frames.

    Parameters
    ----------
    times : sequence of ndarray of int
        The times of each run's frames.
    runs : sequence of Run
        At least one of them contains an object.
    """
    frames = [found for run in runs for found in run.frames]
    counts = np.array([len(found) for found in frames])
    whole = [found[found["whole"]] for found in frames]
    if not any(len(found) for found in whole):
        whole = frames
    aspects = [found["length"] / found["width"] for found in whole]
    clusters, sizes = _clusters(runs)
    direction, direction_spread = _directions(whole)
    maps = [density_map(run.frames, run.field) for run in runs]
    return Statistics(
        count=spread_of(float(np.median(counts)), counts),
        radius=median_spread([found["radius"] for found in whole]),
        length=median_spread([found["length"] for found in whole]),
        width=median_spread([found["width"] for found in whole]),
        elongation=median_spread(aspects),
        irregularity=median_spread([_known(found["irregularity"]) for found in frames]),
        radii=quantile_spreads([found["radius"] for found in whole], DECILES),
        elongations=quantile_spreads(aspects, DECILES),
        brightness=quantile_spreads([found["brightness"] for found in frames], DECILES),
        direction=direction,
        direction_spread=direction_spread,
        motion=measured_motion(runs),
        rates=measured_rates(runs),
        growth=growth_rate(np.concatenate(list(times)), counts),
        clustering=clusters,
        cluster_size=sizes,
        density_map=density_map(frames, runs[0].field),
        density_map_sd=np.std(maps, axis=0),
    )


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values[np.isfinite(values)])


def _clusters(runs: Sequence[Run]) -> tuple[Spread, Spread]:
    field, radius, hidden = runs[0].field, runs[0].radius, runs[0].hidden
    firsts = [run.frames[0] for run in runs]
    clustering, size = fitted_clustering(firsts, field, radius, hidden)
    single = np.array(
        [fitted_clustering([found], field, radius, hidden) for found in firsts]
    )
    # If a frame shows no clusters, their size is unknown.
    sizes = np.where(single[:, 0] > 0, single[:, 1], np.nan)
    return spread_of(clustering, single[:, 0]), spread_of(size, sizes)


def _directions(whole: Sequence[Detections]) -> tuple[Spread, Spread]:
    mean, spread = mean_direction(np.concatenate([found["angle"] for found in whole]))
    single = np.array([mean_direction(found["angle"]) for found in whole if len(found)])
    # Directions half a turn apart are the same, so those around the mean are compared.
    near = mean + (single[:, 0] - mean + 90) % 180 - 90
    return spread_of(mean, near), spread_of(spread, single[:, 1])
