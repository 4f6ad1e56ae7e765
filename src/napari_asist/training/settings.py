"""Settings that every training has: where and how it is computed."""

from typing import Literal

from pydantic import Field

from napari_asist.settings import Settings


class TrainingSettings(Settings):
    """Where and how a training is computed; none of it decides what is learned.

    A training that was begun goes on with other values of these.
    """

    device: str = Field(
        "auto", description="auto, cpu, cuda, cuda:N or mps: where networks run."
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="Numbers of the convolutions while training; auto takes bfloat16 "
        "or float16 on the NVIDIA GPUs that are faster with them, and bfloat16 for the "
        "depth network on CPUs that are, else float32.",
    )
    compile: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether PyTorch compiles the networks, which takes minutes at the "
        "start; auto does so on NVIDIA GPUs.",
    )
    checkpoint_minutes: float = Field(
        1.0,
        ge=0,
        description="Time between checkpoints, from which a killed training goes on.",
        json_schema_extra={"unit": "min"},
    )
