"""The common part of all trainings of networks; a method adds its gradients."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_asist.events import Stopped
from napari_asist.training.checkpoint import optimizer_state, restore_optimizer
from napari_asist.training.compiling import compiled
from napari_asist.training.device import empty_cache, explained_choice, free_memory
from napari_asist.training.heeding import heed_stops
from napari_asist.training.memory import OutOfMemory, Sizes, is_out_of_memory, smaller
from napari_asist.training.precision import Precision
from napari_asist.training.ranks import ranks
from napari_asist.training.settings import TrainingSettings


class NetworkTraining(ABC):
    """Networks, their optimizers, and the training steps.

    A step changes nothing until all its gradients are computed, so a step that ran out
    of memory can be repeated with smaller sizes.

    Parameters
    ----------
    networks : Module
        Already on their device.
    optimizers : mapping of str to Optimizer
    settings : TrainingSettings
    device : torch.device
    sizes : Sizes
        Initial sizes, for sufficient memory.
    multiple, smallest : int
        The patch's side is a multiple of the first; the second is its minimum.
    mixed_on_cpu : bool
        Whether the networks may run in bfloat16 on a CPU that is faster with it.
    """

    def __init__(
        self,
        networks: nn.Module,
        optimizers: Mapping[str, torch.optim.Optimizer],
        settings: TrainingSettings,
        device: torch.device,
        sizes: Sizes,
        multiple: int,
        smallest: int,
        mixed_on_cpu: bool = False,
    ) -> None:
        self.networks: Any = networks
        self.optimizers = optimizers
        self.device, self.sizes = device, sizes
        self.precision = Precision(settings.precision, device, mixed_on_cpu)
        self._training_settings = settings
        self._multiple, self._smallest = multiple, smallest
        if device.type == "cpu" and settings.compile != "yes":
            heed_stops(networks)

    @abstractmethod
    def gradients(self, number: int) -> Mapping[str, Tensor]:
        """Add the gradients of step ``number`` to the weights' and return the losses.

        `rngs` gives the random numbers, `precision` the context of the networks, and
        `backward` takes the losses. Only `own_state` may change.
        """

    @abstractmethod
    def learning_rate(self, number: int) -> float:
        """Return the learning rate of step ``number``."""

    @abstractmethod
    def samples(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return pictures of the networks' current output."""

    def own_state(self) -> Any:
        """Return everything that steps change besides weights and optimizers."""
        return None

    def restore_own(self, state: Any) -> None:  # noqa: B027 - not all have one
        """Restore what `own_state` returned, on the training's device."""

    def resized(self) -> None:  # noqa: B027 - not all need it
        """Adapt to new `sizes`."""

    def moved(self) -> None:  # noqa: B027 - not all need it
        """Move the method's own data to another `device`."""

    def compiled(self, network: nn.Module) -> Callable[[Tensor], Any]:
        """Return a network as training calls it: compiled, if that is worthwhile."""
        return compiled(network, self._training_settings.compile, self.device)

    def backward(self, loss: Tensor) -> None:
        """Add a loss's gradients to the weights'."""
        self.precision.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(self, number: int) -> dict[str, float]:
        """Take step ``number``.

        Parameters
        ----------
        number : int
            Determines the examples and the learning rate.

        Returns
        -------
        dict of str to float
            The losses. If one is not finite, the weights are not changed.

        Raises
        ------
        OutOfMemory
            Nothing was changed.
        Stopped
            If asked to stop amid the step; nothing was changed.
        """
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate(number)
        losses = self._losses(number)
        if np.isfinite(list(losses.values())).all():
            self._apply()
        return losses

    def _losses(self, number: int) -> dict[str, float]:
        before, losses = self.own_state(), None
        try:
            losses = self.gradients(number)
        except Stopped:
            self.restore_own(before)
            self._free()
            raise
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # Outside the handler, because the exception keeps the step's tensors alive.
        if any(ranks().any(losses is None)):
            self.restore_own(before)
            self._free()
            raise OutOfMemory("Out of memory.")
        assert losses is not None
        # Transfer all values together, because each transfer waits until the device is
        # done.
        values = torch.stack([loss.detach() for loss in losses.values()]).tolist()
        return dict(zip(losses, ranks().mean(values), strict=True))

    def _apply(self) -> None:
        scaler = self.precision.scaler
        for optimizer in self.optimizers.values():
            ranks().average_gradients(_weights(optimizer))
            scaler.step(optimizer)
        scaler.update()

    def _free(self) -> None:
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        empty_cache(self.device)

    def shrink(self) -> str:
        """Make the next steps smaller; return a sentence that says how."""
        self.sizes, message = smaller(self.sizes, self._multiple, self._smallest)
        self.resized()
        return message

    def move(self, device: torch.device) -> None:
        """Move everything that training keeps to another device and free this one."""
        before, own = self.device, self.own_state()
        self._free()
        self.networks.to(device)
        for optimizer in self.optimizers.values():
            # Loading moves an optimizer's own tensors to its weights.
            optimizer.load_state_dict(optimizer.state_dict())
        self.device = device
        self.restore_own(own)
        self.moved()
        empty_cache(before)

    def state(self) -> dict[str, Any]:
        """Return weights, optimizers, sizes, and what the method adds on each rank."""
        return {
            "networks": self.networks.state_dict(),
            "optimizers": {
                name: optimizer_state(optimizer)
                for name, optimizer in self.optimizers.items()
            },
            "scaler": self.precision.scaler.state_dict(),
            "sizes": {"at_once": self.sizes.at_once, "patch": self.sizes.patch},
            "own": ranks().gather(self.own_state()),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a state."""
        self.networks.load_state_dict(state["networks"])
        for name, optimizer in self.optimizers.items():
            restore_optimizer(optimizer, state["optimizers"][name])
        if state["scaler"] and self.precision.scaler.is_enabled():
            self.precision.scaler.load_state_dict(state["scaler"])
        self.sizes = Sizes(**state["sizes"])
        self.resized()
        self.restore_own(state["own"][ranks().rank % len(state["own"])])

    def describe(self) -> str:
        """Return one sentence about the device, the precision and the reason for it."""
        settings = self._training_settings
        parts = [f"Training on {self.device} in {self.precision.name}"]
        if ranks().size > 1:
            parts.append(f"with {ranks().size} processes")
        memory = free_memory(self.device)
        reason = explained_choice(settings.device).reason
        details = f" ({memory})" if memory else ""
        return " ".join(parts) + details + (f": {reason}." if reason else ".")

    def advice(self) -> str:
        """Return what to do if a loss is not finite."""
        advice = "delete the stage's folder and start over with a lower learning rate"
        if self.precision.is_mixed:
            return f"run again with precision: float32, or {advice}"
        return advice

    def rngs(self, seed: int, number: int, batch: int) -> list[np.random.Generator]:
        """Return a generator of random numbers for each of this rank's examples.

        Together, the ranks draw the same as a single process with all examples.
        """
        first = ranks().rank * batch
        return [
            np.random.default_rng((seed, number, first + place))
            for place in range(batch)
        ]


def _weights(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    for group in optimizer.param_groups:
        yield from group["params"]
