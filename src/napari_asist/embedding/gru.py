"""A recurrent unit whose gates are convolutions."""

import torch
from torch import Tensor, nn


class ConvGRU(nn.Module):
    """Convolutional gated recurrent unit that starts from a state of zeros.

    ``r, u = sigmoid(conv[x, h])``; ``y = relu(conv[x, r h])``; ``h = u h + (1 - u) y``.
    ReLU instead of tanh, as in the reference implementation of Payer et al. 2019. The
    convolutions of the input and of the state are separate: the former run over all
    frames at once, with the same result.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.from_input = nn.Conv2d(channels, 3 * channels, 3, padding=1)
        self.gates_from_state = nn.Conv2d(
            channels, 2 * channels, 3, padding=1, bias=False
        )
        self.candidate_from_state = nn.Conv2d(
            channels, channels, 3, padding=1, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (T, N, C, Y, X) to the states of all frames, of the same shape."""
        channels = x.shape[2]
        inputs = self.from_input(x.flatten(0, 1))
        all_gates, all_candidates = inputs.split([2 * channels, channels], dim=1)
        clip = x.shape[:2]
        state = torch.zeros_like(x[0])
        states: list[Tensor] = []
        for gates, candidate in zip(
            all_gates.reshape(*clip, *all_gates.shape[1:]).unbind(),
            all_candidates.reshape(*clip, *all_candidates.shape[1:]).unbind(),
            strict=True,
        ):
            if states:  # convolving the first state, all zeros, adds nothing
                gates = gates + self.gates_from_state(state)
            reset, update = torch.sigmoid(gates).chunk(2, dim=1)
            if states:
                candidate = candidate + self.candidate_from_state(reset * state)
            state = torch.lerp(torch.relu(candidate), state, update)
            states.append(state)
        return torch.stack(states)
