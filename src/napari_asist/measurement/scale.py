"""Pixels and frames as micrometers and minutes, where known, and numbers as texts."""

from dataclasses import dataclass

SECONDS_OF_MINUTE = 60

UNITS_OF_TIME = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
"""Each with its seconds."""


@dataclass(frozen=True)
class Scale:
    """The size of a pixel and the time between frames.

    Parameters
    ----------
    pixel_size : float, optional
        Micrometers.
    frame_interval : float, optional
        Seconds.
    """

    pixel_size: float | None = None
    frame_interval: float | None = None

    @property
    def area_unit(self) -> str:
        """Unit of area."""
        return "px²" if self.pixel_size is None else "µm²"

    @property
    def speed_unit(self) -> str:
        """Unit of speed."""
        length = "px" if self.pixel_size is None else "µm"
        return f"{length}/{'frame' if self.frame_interval is None else 'min'}"

    @property
    def area_factor(self) -> float:
        """Factor from px² to the unit of area."""
        return (self.pixel_size or 1.0) ** 2

    @property
    def speed_factor(self) -> float:
        """Factor from px/frame to the unit of speed."""
        frames = SECONDS_OF_MINUTE / self.frame_interval if self.frame_interval else 1
        return (self.pixel_size or 1.0) * frames


def duration_text(seconds: float) -> str:
    """Return a duration in its two largest units, such as ``2 h 30 min``.

    Parameters
    ----------
    seconds : float
        Not negative; shown with three digits below a minute.
    """
    if float(f"{seconds:.3g}") < SECONDS_OF_MINUTE:
        return f"{seconds:.3g} s"
    rest = round(seconds)
    parts: list[str] = []
    for unit, length in UNITS_OF_TIME:
        count, rest = divmod(rest, length)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
    return " ".join(filter(None, parts[:2]))


def number_text(value: float) -> str:
    """Return a number with three significant digits, or as an integer from 100."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
