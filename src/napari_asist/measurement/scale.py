"""Conversion of pixels and frames to micrometers and minutes, where known."""

from dataclasses import dataclass

SECONDS_OF_MINUTE = 60


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
