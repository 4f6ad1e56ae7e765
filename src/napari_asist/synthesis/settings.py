"""Settings of synthesis: turning annotations into microscope images."""

from typing import ClassVar, Literal, Self, TypeAlias

from pydantic import model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field
from napari_asist.training.settings import TrainingSettings

Encoding: TypeAlias = Literal["binary", "brightness"]
Profile: TypeAlias = Literal["flat", "rim", "distance"]


class SynthesisSettings(TrainingSettings):
    """Engine, networks, losses and schedule; the defaults are the paper's CycleGAN."""

    leading: ClassVar[tuple[str, ...]] = (
        "engine",
        "steps",
        "encoding",
        "filters",
        "blocks",
        "device",
    )

    engine: Literal["cyclegan", "cut", "renderer"] = Field(
        "cyclegan",
        description="What draws synthetic frames: renderer, a virtual microscope "
        "that is fitted to the video within minutes; cyclegan, a network that learns "
        "for hours, as published; or cut, a network whose objects stay exactly in "
        "place (contrastive translation).",
    )
    encoding: Encoding = Field(
        "binary",
        description="What simulated labels look like to the networks: all objects "
        "with the same gray level (binary), or each with a gray level that "
        "represents its brightness, higher around divisions if the simulator's "
        "cell_cycle is set. Masks are thresholded halfway between the background and "
        "the dimmest object.",
    )
    profile: Profile = Field(
        "flat",
        description="How objects are shaded inside for the main generators: flat, as "
        "published; halved in its outer half (rim), which separates touching "
        "objects; or rising from the border to the center (distance).",
    )
    blur: float = Field(
        1.0,
        ge=0,
        le=5,
        description="How much simulated labels are blurred for the main generators "
        "(sigma of a Gaussian).",
        unit=STANDARD_PX,
    )
    generator: Literal["resnet", "unet"] = Field(
        "resnet",
        description="Type of network that draws frames; the paper used resnet.",
    )
    levels: int = Field(
        7,
        ge=2,
        le=8,
        description="How often the unet generator halves the frame.",
    )
    filters: int = Field(
        64,
        ge=4,
        le=256,
        description="How much the generators can learn: the number of channels of "
        "their first layer.",
    )
    blocks: int = Field(
        9,
        ge=1,
        le=18,
        description="How deep the generators are: their number of residual blocks.",
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
        description="How much noise generator B gets to turn into the camera's "
        "noise: its standard deviation, where labels range from -1 to 1.",
    )
    discriminator_filters: int = Field(
        64,
        ge=4,
        le=256,
        description="How much the discriminators, which judge the frames, can learn: "
        "the number of channels of their first layer.",
    )
    patch: int = Field(
        256,
        ge=32,
        le=1024,
        multiple_of=4,
        description="Height and width of the parts of frames used in training.",
        unit=STANDARD_PX,
    )
    batch: int = Field(
        1, ge=1, le=64, description="Number of parts of frames per training step."
    )
    steps: int = Field(
        200_000, ge=1, description="How long the main generators train, in steps."
    )
    mask_steps: int = Field(
        20_000,
        ge=1,
        description="How long the generator of masks (A*) trains, in steps; it uses "
        "labels without blur and is stopped early.",
    )
    mask: Literal["cyclegan", "drawn"] = Field(
        "cyclegan",
        description="How the mask generator A* is trained: in its own CycleGAN, as "
        "published, or on pairs of synthetic frames and their annotations.",
    )
    learning_rate: float = Field(
        2e-4,
        gt=0,
        le=0.1,
        description="How much the networks change in each step (learning rate of "
        "Adam).",
    )
    decay_from: float = Field(
        0.5,
        ge=0,
        le=1,
        description="When the networks begin to change less and less: after this "
        "fraction of the steps, the learning rate falls linearly to zero.",
    )
    cycle_weight: float = Field(
        10.0,
        ge=0,
        description="How much it counts that a frame can be turned back into its "
        "labels, compared to its realism (cycle losses).",
    )
    identity_weight: float = Field(
        0.5,
        ge=0,
        description="How much it counts that generator A leaves labels unchanged, as "
        "a fraction of the cycle weight.",
    )
    consistency_weight: float = Field(
        0.0,
        ge=0,
        description="How much it counts that generator A finds the simulated objects "
        "in a synthetic frame (Dice loss of the foreground).",
    )
    contrast_weight: float = Field(
        1.0,
        ge=0,
        description="How much it counts for the engine cut that objects stay in "
        "place (contrastive losses).",
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
        description="How much of each position the engine cut compares: the length "
        "of its feature vectors.",
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

    def ignored(self) -> frozenset[str]:
        """Return the fields without an effect in these settings."""
        if self.engine == "renderer":  # fitted, not trained
            return frozenset(type(self).model_fields) - {"engine"}
        names = {"blocks" if self.generator == "unet" else "levels"}
        if self.engine == "cut":
            names |= {"cycle_weight", "identity_weight", "consistency_weight"}
        else:
            names |= {"contrast_weight", "contrast_patches", "contrast_features"}
        return frozenset(names)

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
