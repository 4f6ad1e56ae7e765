"""Settings of synthesis: turning annotations into microscope images."""

from typing import Literal, Self, TypeAlias

from pydantic import model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field
from napari_asist.training.settings import TrainingSettings

Encoding: TypeAlias = Literal["binary", "brightness"]
Profile: TypeAlias = Literal["flat", "rim", "distance"]


class SynthesisSettings(TrainingSettings):
    """Engine, networks, losses and schedule; the defaults are the paper's CycleGAN."""

    engine: Literal["cyclegan", "cut", "renderer"] = Field(
        "cyclegan",
        description="Engine that draws synthetic frames: cyclegan, as published; cut, "
        "contrastive translation, which links each position in the frame to the same "
        "position in the annotation; or renderer, the virtual microscope fitted to the "
        "video, which needs no training.",
    )
    encoding: Encoding = Field(
        "binary",
        description="How annotations are drawn for all generators, including A*: all "
        "objects with the same gray level (binary), or each with a gray level that "
        "represents its brightness, higher around divisions if the simulator's "
        "cell_cycle is set. Masks are thresholded halfway between the background and "
        "the dimmest object.",
    )
    profile: Profile = Field(
        "flat",
        description="Profile of the gray level inside an object, for the main "
        "generators: flat, as published; halved in its outer half (rim), which "
        "separates touching objects; or rising from the border to the center "
        "(distance).",
    )
    blur: float = Field(
        1.0,
        ge=0,
        le=5,
        description="Gaussian blur of the annotations of the main generators.",
        unit=STANDARD_PX,
    )
    generator: Literal["resnet", "unet"] = Field(
        "resnet", description="Architecture of the generators; the paper used resnet."
    )
    levels: int = Field(
        7,
        ge=2,
        le=8,
        description="Number of resolutions of the unet generator below the frame's.",
    )
    filters: int = Field(
        64,
        ge=4,
        le=256,
        description="Number of channels of the generators' first layer.",
    )
    blocks: int = Field(
        9, ge=1, le=18, description="Number of residual blocks of the generators."
    )
    adds_input: bool = Field(
        False,
        description="Whether generators add their output to their input: objects stay "
        "in place, and far fewer steps are needed.",
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Standard deviation of the noise added to annotations (range -1 "
        "to 1) before generator B, which turns it into camera noise.",
    )
    discriminator_filters: int = Field(
        64,
        ge=4,
        le=256,
        description="Number of channels of the discriminators' first layer.",
    )
    patch: int = Field(
        256,
        ge=32,
        le=1024,
        multiple_of=4,
        description="Side of the training crops.",
        unit=STANDARD_PX,
    )
    batch: int = Field(1, ge=1, le=64, description="Number of crops per step.")
    steps: int = Field(
        200_000, ge=1, description="Number of training steps of the main generators."
    )
    mask_steps: int = Field(
        20_000,
        ge=1,
        description="Number of training steps of the mask generator A*, which uses "
        "annotations without blur and is stopped early.",
    )
    mask: Literal["cyclegan", "drawn"] = Field(
        "cyclegan",
        description="How the mask generator A* is trained: in its own CycleGAN, as "
        "published, or on pairs of synthetic frames and their annotations.",
    )
    learning_rate: float = Field(
        2e-4, gt=0, le=0.1, description="Learning rate of Adam."
    )
    decay_from: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Fraction of the steps after which the learning rate falls "
        "linearly to zero.",
    )
    cycle_weight: float = Field(
        10.0,
        ge=0,
        description="Weight of the cycle losses relative to the adversarial losses.",
    )
    identity_weight: float = Field(
        0.5,
        ge=0,
        description="Weight of the loss that makes generator A leave annotations "
        "unchanged, as a fraction of the cycle weight.",
    )
    consistency_weight: float = Field(
        0.0,
        ge=0,
        description="Weight of the loss that makes generator A find the objects of "
        "the annotation in a synthetic frame (Dice of the foreground).",
    )
    contrast_weight: float = Field(
        1.0, ge=0, description="Weight of the contrastive losses of the engine cut."
    )
    contrast_patches: int = Field(
        256,
        ge=8,
        le=4096,
        description="Number of positions in a frame that the engine cut compares with "
        "each other.",
    )
    contrast_features: int = Field(
        256,
        ge=8,
        le=1024,
        description="Length of the feature vectors that cut compares.",
    )
    pool: int = Field(
        50, ge=0, description="Number of generated images kept for the discriminators."
    )
    frames: int = Field(
        200,
        ge=1,
        description="Largest number of real frames used for training, spread over the "
        "videos.",
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.engine == "cut" and self.mask == "cyclegan":
            raise ValueError(
                "mask = cyclegan: the engine cut has no cycle; set mask to drawn"
            )
        if self.generator == "unet" and self.patch % 2**self.levels:
            raise ValueError(
                f"patch = {self.patch}: the unet generator halves it {self.levels} "
                f"times; use a multiple of {2**self.levels} or lower levels"
            )
        return self
