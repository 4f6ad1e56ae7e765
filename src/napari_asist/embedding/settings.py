"""Settings of the embedding network and its training."""

from typing import ClassVar, Literal

from pydantic import AliasChoices, model_validator

from napari_asist.resampling import STANDARD_PX
from napari_asist.settings import Field, Settings
from napari_asist.training.settings import TrainingSettings


class AugmentationSettings(Settings):
    """Augmentation of training clips; the defaults are those of Payer et al. 2019."""

    rotation: float = Field(
        180.0,
        ge=0,
        le=180,
        description="Largest rotation of a clip in either direction.",
        unit="degrees",
    )
    scale: float = Field(
        0.25,
        ge=0,
        lt=1,
        description="Largest relative change of size, applied to both axes together "
        "and to each separately.",
    )
    elastic: float = Field(
        10.0,
        ge=0,
        description="How much clips are distorted, at most: the largest displacement "
        "of the elastic grid's nodes.",
        unit=STANDARD_PX,
    )
    gamma: float = Field(
        0.4,
        ge=0,
        lt=1,
        description="How much the contrast between dim and bright changes, at most: "
        "the largest change of the intensities' exponent (gamma).",
    )
    clip_shift: float = Field(
        0.65, ge=0, description="Largest shift of a clip's intensities (range -1 to 1)."
    )
    clip_scale: float = Field(
        0.65, ge=0, lt=1, description="Largest relative change of a clip's contrast."
    )
    frame_shift: float = Field(
        0.1, ge=0, description="Largest shift of one frame's intensities."
    )
    frame_scale: float = Field(
        0.1, ge=0, lt=1, description="Largest relative change of one frame's contrast."
    )
    reverses_time: bool = Field(
        False, description="Whether half of the clips run backwards."
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Largest standard deviation of the noise added to a clip's "
        "intensities.",
    )


class EmbeddingSettings(TrainingSettings):
    """Recurrent stacked hourglass network (RSHN); the defaults are the published ones.

    Payer et al., Segmenting and tracking cell instances with cosine embeddings and
    recurrent hourglass networks, Medical Image Analysis 57, 2019.
    """

    leading: ClassVar[tuple[str, ...]] = ("steps", "patch", "frames", "device")

    hourglasses: int = Field(
        2,
        ge=1,
        le=4,
        description="How deep the network is: its number of hourglasses, one after "
        "the other.",
    )
    channels: int = Field(
        64,
        ge=4,
        le=256,
        description="How much the network can learn: its number of channels on all "
        "levels.",
    )
    levels: int = Field(
        7,
        ge=2,
        le=8,
        description="How far the network looks around a pixel: the number of "
        "resolutions of an hourglass, each half the previous one.",
    )
    dimensions: int = Field(
        16,
        ge=3,
        le=64,
        description="How many numbers describe each pixel: the length of its "
        "embedding vector.",
    )
    downsampling: int = Field(
        1,
        ge=1,
        le=4,
        description="Factor by which the video is downsampled for the network.",
    )
    frames: int = Field(
        8,
        ge=1,
        le=32,
        description="Number of frames in a training clip.",
        unit="frames",
    )
    patch: int = Field(
        256,
        ge=16,
        le=1024,
        description="Height and width of a training clip, at the video's resolution; "
        "128 is the paper's half window (HW).",
        unit=STANDARD_PX,
    )
    batch: int = Field(1, ge=1, le=32, description="Number of clips per step.")
    steps: int = Field(
        40_000, ge=1, description="How long the network trains, in steps."
    )
    learning_rate: float = Field(
        1e-4,
        gt=0,
        le=0.1,
        description="How much the network changes in each step (learning rate of "
        "Adam).",
    )
    schedule: Literal["step", "cosine"] = Field(
        "step",
        description="How the network changes ever less (learning rate over time): "
        "reduced to one tenth after half of the steps, or a cosine decay to zero.",
    )
    weight_decay: float = Field(
        1e-5,
        ge=0,
        description="How strongly the network's weights are kept small (penalty on "
        "squared convolution kernels).",
    )
    pull: Literal["squared", "linear"] = Field(
        "squared",
        description="How pixels are pulled toward their object's mean: one minus the "
        "squared cosine, as published in 2019, or one minus the cosine, as in 2018.",
    )
    push_weight: float = Field(
        1.0,
        ge=0,
        description="How much it counts in training to tell neighboring objects apart.",
    )
    balanced_background: bool = Field(
        True,
        description="Whether background and objects have equal weight in the "
        "background loss, as published; otherwise every pixel has equal weight.",
    )
    neighbor_radius: float = Field(
        30.0,
        ge=0,
        # Earlier recipes and models use the British spelling.
        validation_alias=AliasChoices("neighbor_radius", "neighbour_radius"),
        description="Objects closer than this to an object's mean center are its "
        "neighbors; those that touch it always are.",
        unit=STANDARD_PX,
    )
    blur: float = Field(
        1.0,
        ge=0,
        le=5,
        description="How much frames are blurred for the network (sigma of a "
        "Gaussian).",
        unit=STANDARD_PX,
    )
    augmentation: AugmentationSettings = AugmentationSettings()

    @property
    def divisor(self) -> int:
        """Divisor of a clip's sides, at the video's resolution."""
        return self.downsampling << (self.levels - 1)

    @model_validator(mode="after")
    def _patch_fits(self) -> "EmbeddingSettings":
        if self.patch % self.divisor:
            raise ValueError(
                f"patch = {self.patch} must be a multiple of {self.divisor} "
                "(downsampling × 2 ** (levels - 1))"
            )
        return self
