"""Settings of the depth network, its training frames and its training."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field, Settings
from napari_asist.training.settings import TrainingSettings

FROM_SCRATCH, FINE_TUNING = 2500, 1200
"""Training steps from random weights, and from those of a ready-made model."""


class SceneSettings(Settings):
    """New training frames: scenes drawn during the network's training.

    A scene is a short synthetic video. Its simulator and its microscope are those
    fitted to the video, varied randomly, so that the network also learns what the fit
    misses.
    """

    leading: ClassVar[tuple[str, ...]] = (
        "variation",
        "dying",
        "divisions_in_detail",
        "contrast",
        "out_of_focus",
        "nucleoli",
        "debris",
    )

    frames: int = Field(
        6,
        ge=3,
        le=50,
        description="Number of frames of a scene.",
        unit="frames",
    )
    side: int = Field(
        512,
        ge=64,
        le=2048,
        description="Height and width of a scene.",
        unit=STANDARD_PX,
    )
    steps_each: int = Field(
        6,
        ge=1,
        le=10_000,
        description="Training steps after which a new scene replaces the oldest one: "
        "lower values show the network more scenes and keep more cores busy.",
    )
    kept: int = Field(
        24,
        ge=1,
        le=1000,
        description="Number of scenes from which a step takes its examples.",
    )
    variation: float = Field(
        1.0,
        ge=0,
        le=3,
        description="How much scenes vary around what was fitted to the video: 0 for "
        "none, 1 for the typical error of fits to videos.",
    )
    divisions_in_detail: bool = Field(
        False,
        description="Draw dividing nuclei that cover others or are bent like "
        "horseshoes, and flat daughters that separate over several frames.",
    )
    dying: bool = Field(
        True,
        description="Break some objects into bright fragments that keep their label.",
    )
    nucleoli: bool = Field(
        True,
        description="Draw dark holes in nuclei in some scenes, even if none were "
        "measured in the video.",
    )
    debris: bool = Field(
        False,
        description="Draw small unlabeled specks in some scenes, even if none were "
        "measured in the video.",
    )
    out_of_focus: bool = Field(
        True,
        description="Draw wide, dim, unlabeled light in some scenes, as from cells "
        "far from the focal plane.",
    )
    contrast: bool = Field(
        True,
        description="Vary how much objects differ in brightness, compared to the "
        "video; the dimmest are always as dim as the noise.",
    )


class DepthSettings(TrainingSettings):
    """A compact U-Net that predicts each pixel's depth from three frames.

    Depth is the distance to an object's border, as a fraction of the largest distance
    in the object: 0 at the border, 1 in the center. It has a valley where objects
    touch, along which a watershed separates them.
    """

    leading: ClassVar[tuple[str, ...]] = ("steps", "start", "scenes", "device")

    channels: tuple[int, ...] = Field(
        (16, 24, 32, 48, 64),
        min_length=2,
        max_length=7,
        description="How much the network can learn: its number of channels at each "
        "resolution, half that of the frame, a quarter, and so on.",
    )
    context: int = Field(
        1,
        ge=0,
        le=3,
        description="Number of frames before and after the outlined frame that the "
        "network also sees.",
        unit="frames",
    )
    patch: int = Field(
        192,
        ge=32,
        le=1024,
        description="Height and width of the part of a frame that is one training "
        "example.",
        unit=STANDARD_PX,
    )
    batch: int = Field(
        6, ge=1, le=128, description="Number of training examples per step."
    )
    start: Literal["ready-made", "scratch"] = Field(
        "ready-made",
        description="Whether training starts from the weights of the ready-made model "
        "for such objects, if there is one and its network has the same sizes, or from "
        "random weights.",
    )
    steps: int | None = Field(
        None,
        ge=1,
        description=f"How long the network trains, in steps; by default {FINE_TUNING} "
        f"from a ready-made model, and {FROM_SCRATCH} from scratch.",
    )
    learning_rate: float = Field(
        4e-3,
        gt=0,
        le=0.1,
        description="How much the network changes in each step, at most (learning "
        "rate of AdamW); of this, a quarter is used from a ready-made model.",
    )
    warm_up: int = Field(
        100,
        ge=0,
        description="Number of steps at the start in which the network changes ever "
        "more (its learning rate rises from zero).",
    )
    weight_decay: float = Field(
        1e-3,
        ge=0,
        le=1,
        description="How strongly the network's weights are kept small (weight decay "
        "of AdamW).",
    )
    at_divisions: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How many of the training examples show a division, if there are "
        "any, from 0 to 1.",
    )
    dice_weight: float = Field(
        0.5,
        ge=0,
        description="How much the overlap of all objects counts in training, "
        "compared to single pixels (Dice loss and cross-entropy).",
    )
    depth_weight: float = Field(
        2.0,
        ge=0,
        description="How much it counts in training to separate objects, compared to "
        "finding them (loss on the depth).",
    )
    offset_weight: float = Field(
        0.5,
        ge=0,
        description="How much it counts in training to find objects in the previous "
        "frame (loss on the displacement).",
    )
    scenes: SceneSettings = Field(
        SceneSettings(), description="What the training frames show."
    )

    @property
    def total_steps(self) -> int:
        """Number of training steps."""
        default = FINE_TUNING if self.start == "ready-made" else FROM_SCRATCH
        return default if self.steps is None else self.steps

    @property
    def divisor(self) -> int:
        """Divisor of the sides of the network's input."""
        return 1 << len(self.channels)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.patch % self.divisor:
            raise ValueError(
                f"patch = {self.patch} must be a multiple of {self.divisor} "
                "(2 to the power of the number of channels)"
            )
        if self.scenes.side < self.patch:
            raise ValueError(
                f"scenes.side = {self.scenes.side} must be at least patch = "
                f"{self.patch}"
            )
        if any(not 4 <= count <= 512 for count in self.channels):
            raise ValueError("channels: each must be between 4 and 512")
        return self
