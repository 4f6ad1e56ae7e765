"""Settings of synthesis: turning annotations into microscope images."""

from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.training.settings import TrainingSettings

Encoding: TypeAlias = Literal["binary", "brightness"]
Profile: TypeAlias = Literal["flat", "rim", "distance"]


class SynthesisSettings(TrainingSettings):
    """Engine, networks, losses and schedule; the defaults are the paper's CycleGAN."""

    engine: Literal["cyclegan", "cut", "renderer"] = Field(
        "cyclegan",
        description="How synthetic frames come about: cyclegan, as published; cut, "
        "contrastive translation, which ties each place of the frame to the same place "
        "of the annotation; or renderer, the virtual microscope fitted to the video, "
        "which needs no training.",
    )
    encoding: Encoding = Field(
        "binary",
        description="How annotations are drawn for all generators, A* included: all "
        "objects alike, or each with a gray level that stands for its brightness, "
        "brighter around divisions where the simulator's cell_cycle says so; "
        "masks are cut halfway between the background and the dimmest object.",
    )
    profile: Profile = Field(
        "flat",
        description="How an object's gray level runs inside it, for the main "
        "generators: flat, as published; halved in its outer half (rim), which parts "
        "touching objects; or rising from the border to the middle (distance).",
    )
    blur: float = Field(
        1.0,
        ge=0,
        le=5,
        description="Gaussian blur of the annotations of the main generators.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    generator: Literal["resnet", "unet"] = Field(
        "resnet", description="Architecture of the generators; the paper took resnet."
    )
    levels: int = Field(
        7,
        ge=2,
        le=8,
        description="Resolutions of the generator unet below the frame's.",
    )
    filters: int = Field(
        64, ge=4, le=256, description="Channels of the generators' first layer."
    )
    blocks: int = Field(
        9, ge=1, le=18, description="Residual blocks of the generators."
    )
    adds_input: bool = Field(
        False,
        description="Whether generators add what they draw to their input: objects "
        "keep their places, and far fewer steps are needed.",
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Deviation of the noise added to annotations (range -1 to 1) "
        "before generator B, which makes the camera's noise of it.",
    )
    discriminator_filters: int = Field(
        64, ge=4, le=256, description="Channels of the discriminators' first layer."
    )
    patch: int = Field(
        256,
        ge=32,
        le=1024,
        multiple_of=4,
        description="Side of the training crops.",
        json_schema_extra={"unit": STANDARD_PX},
    )
    batch: int = Field(1, ge=1, le=64, description="Crops per step.")
    steps: int = Field(
        200_000, ge=1, description="Training steps of the main generators."
    )
    mask_steps: int = Field(
        20_000,
        ge=1,
        description="Training steps of the mask generator A*, which sees annotations "
        "that are not blurred and is stopped early.",
    )
    mask: Literal["cyclegan", "drawn"] = Field(
        "cyclegan",
        description="How the mask generator A* learns: in a CycleGAN of its own, as "
        "published, or from synthetic frames and their annotations as pairs.",
    )
    learning_rate: float = Field(2e-4, gt=0, le=0.1, description="Adam's step size.")
    decay_from: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Fraction of the steps after which the learning rate falls "
        "linearly to zero.",
    )
    cycle_weight: float = Field(
        10.0, ge=0, description="Weight of the cycle losses against the adversaries'."
    )
    identity_weight: float = Field(
        0.5,
        ge=0,
        description="Weight of the loss that asks generator A to leave annotations "
        "as they are, as a part of the cycle weight.",
    )
    consistency_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of the loss that asks generator A to find in a synthetic "
        "frame the objects of its annotation (Dice of the foreground).",
    )
    contrast_weight: float = Field(
        1.0, ge=0, description="Weight of the contrastive losses of the engine cut."
    )
    contrast_patches: int = Field(
        256,
        ge=8,
        le=4096,
        description="Places of a frame that the engine cut compares with each other.",
    )
    contrast_features: int = Field(
        256, ge=8, le=1024, description="Length of the features that cut compares."
    )
    pool: int = Field(
        50, ge=0, description="Generated images the discriminators remember."
    )
    frames: int = Field(
        200,
        ge=1,
        description="Most real frames used for training, spread over the videos.",
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.engine == "cut" and self.mask == "cyclegan":
            raise ValueError(
                "mask = cyclegan: the engine cut has no cycle; set mask to drawn"
            )
        if self.generator == "unet" and self.patch % 2**self.levels:
            raise ValueError(
                f"patch = {self.patch}: the generator unet halves it {self.levels} "
                f"times; take a multiple of {2**self.levels} or lower levels"
            )
        return self
