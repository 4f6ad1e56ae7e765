"""Settings common to all trainings: device, precision and checkpoints."""

from typing import Literal

from napari_asist.settings import Field, Settings


class TrainingSettings(Settings):
    """Where and how a training is computed; none of it affects what is learned.

    A training can be resumed with other values of these.
    """

    device: str = Field(
        "auto", description="Device of the networks: auto, cpu, cuda, cuda:N or mps."
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="Number format of convolutions during training; auto uses bfloat16 "
        "or float16 on NVIDIA GPUs that are faster with it, bfloat16 for the depth "
        "network on CPUs that are faster with it, and float32 otherwise.",
    )
    compile: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether PyTorch compiles the networks, which takes minutes at the "
        "start; auto does so on NVIDIA GPUs.",
    )
    checkpoint_minutes: float = Field(
        1.0,
        ge=0,
        description="Time between checkpoints, from which a killed training resumes.",
        unit="min",
    )
