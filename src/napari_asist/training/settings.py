"""Settings common to all trainings: device, precision and checkpoints."""

from typing import Annotated, Literal

from napari_asist.settings import Field, Settings

IS_DEVICE = "device"
"""Marks a field with the name of a device, for which forms list those available."""


class TrainingSettings(Settings):
    """Where and how a training is computed; none of it affects what is learned.

    A training can be resumed with other values of these.
    """

    device: Annotated[str, IS_DEVICE] = Field(
        "auto",
        description="What computes the networks: cpu is the processor, cuda:0 the "
        "first graphics card of NVIDIA or AMD, mps that of a Mac. auto uses a graphics "
        "card if there is one.",
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="How exactly training calculates: less exactly is faster, with "
        "about the same result. auto uses bfloat16 "
        "or float16 on NVIDIA GPUs that are faster with it, bfloat16 for the depth "
        "network on CPUs that are faster with it, and float32 otherwise.",
    )
    compile: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether training first spends minutes on a faster version of the "
        "network (compilation by PyTorch); auto does so on NVIDIA GPUs.",
    )
    checkpoint_minutes: float = Field(
        1.0,
        ge=0,
        description="Time between checkpoints, from which a killed training resumes.",
        unit="min",
    )
