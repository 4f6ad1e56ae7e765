"""Settings of synthesis: turning annotations into microscope images."""

from typing import Literal

from pydantic import Field

from napari_asist.training.settings import TrainingSettings


class SynthesisSettings(TrainingSettings):
    """CycleGAN: networks, losses and schedule; the defaults are the published ones."""

    encoding: Literal["binary", "brightness"] = Field(
        "binary",
        description="How annotations are drawn for all generators, A* included: all "
        "objects alike, or each with a grey level that stands for its brightness; "
        "masks are cut halfway between the background and the dimmest object.",
    )
    blur: float = Field(
        1.0,
        ge=0,
        le=5,
        description="Gaussian blur of the annotations of the main generators.",
        json_schema_extra={"unit": "px"},
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
        json_schema_extra={"unit": "px"},
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
    pool: int = Field(
        50, ge=0, description="Generated images the discriminators remember."
    )
    frames: int = Field(
        200,
        ge=1,
        description="Most real frames used for training, spread over the videos.",
    )
