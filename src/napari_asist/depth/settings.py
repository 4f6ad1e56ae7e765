"""Settings of the depth network, its training frames and its training."""

from typing import Self

from pydantic import Field, model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Settings
from napari_asist.training.settings import TrainingSettings


class SceneSettings(Settings):
    """Fresh training frames: scenes drawn for the network while it learns.

    A scene is a short synthetic video. Its simulator and its microscope are those
    fitted to the video, varied at random, so that the network also knows what the fit
    has missed.
    """

    frames: int = Field(
        6,
        ge=3,
        le=50,
        description="Frames of a scene.",
        json_schema_extra={"unit": "frames"},
    )
    side: int = Field(
        512,
        ge=64,
        le=2048,
        description="Height and width of a scene.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    steps_each: int = Field(
        6,
        ge=1,
        le=10_000,
        description="Training steps after which a new scene takes the place of the "
        "oldest: fewer show the network more, and keep more cores busy.",
    )
    kept: int = Field(
        24, ge=1, le=1000, description="Scenes from which a step takes its examples."
    )
    variation: float = Field(
        1.0,
        ge=0,
        le=3,
        description="How far scenes vary around what was fitted: 0 not at all, 1 as "
        "much as fits to videos err.",
    )
    divisions_in_detail: bool = Field(
        False,
        description="Draw divisions over other nuclei, horseshoes, and flat daughters "
        "that go apart over several frames.",
    )
    dying: bool = Field(
        False,
        description="Let some objects fall into bright fragments, which keep their "
        "label.",
    )
    nucleoli: bool = Field(
        True,
        description="Draw dark holes in nuclei in some scenes, also where the video "
        "tells of none.",
    )
    debris: bool = Field(
        True, description="Draw small specks without a label in some scenes."
    )
    out_of_focus: bool = Field(
        True,
        description="Draw wide, dim light without a label in some scenes, as of cells "
        "far from the focal plane.",
    )
    contrast: bool = Field(
        True,
        description="Let objects differ more or less in brightness than the video's, "
        "down to the noise in any case.",
    )


class DepthSettings(TrainingSettings):
    """A compact U-Net that sees three frames and tells how deep each pixel lies.

    Depth is the distance to an object's border as a part of the largest in the object:
    0 at the border, 1 in the middle. Where objects touch it has a valley, from which
    a watershed cuts them apart.
    """

    channels: tuple[int, ...] = Field(
        (16, 24, 32, 48, 64),
        min_length=2,
        max_length=7,
        description="Channels at each resolution, from half the frame's on, each half "
        "the last.",
    )
    context: int = Field(
        1,
        ge=0,
        le=3,
        description="Frames before, and frames after, that the network sees beside "
        "the one it outlines.",
        json_schema_extra={"unit": "frames"},
    )
    patch: int = Field(
        192,
        ge=32,
        le=1024,
        description="Side of a training example.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    batch: int = Field(6, ge=1, le=128, description="Examples per step.")
    steps: int = Field(2500, ge=1, description="Training steps.")
    learning_rate: float = Field(
        4e-3, gt=0, le=0.1, description="Largest step size of AdamW."
    )
    warm_up: int = Field(
        100, ge=0, description="Steps in which the learning rate rises from zero."
    )
    weight_decay: float = Field(1e-3, ge=0, le=1, description="Weight decay of AdamW.")
    at_divisions: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Part of the examples that show a division, where there are any.",
    )
    dice_weight: float = Field(
        0.5,
        ge=0,
        description="Weight of the foreground's Dice loss beside its cross-entropy.",
    )
    depth_weight: float = Field(
        2.0, ge=0, description="Weight of the depth's loss against the foreground's."
    )
    offset_weight: float = Field(
        0.5,
        ge=0,
        description="Weight of the loss on the way to the object's place in the frame "
        "before.",
    )
    scenes: SceneSettings = SceneSettings()

    @property
    def divisor(self) -> int:
        """Multiple that the sides of the network's input must have."""
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
            raise ValueError("channels: each lies between 4 and 512")
        return self
