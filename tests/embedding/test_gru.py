import torch

from napari_asist.embedding.gru import ConvGRU


def test_states_are_those_of_the_textbook_formula() -> None:
    torch.manual_seed(0)
    unit = ConvGRU(3).double()
    x = torch.randn(4, 2, 3, 5, 6, dtype=torch.float64)
    weights, bias = unit.from_input.weight, unit.from_input.bias

    def both(part: slice, state_weights: torch.Tensor) -> torch.Tensor:
        return torch.cat([weights[part], state_weights], dim=1)

    gates = both(slice(0, 6), unit.gates_from_state.weight)
    candidate = both(slice(6, 9), unit.candidate_from_state.weight)
    state = torch.zeros_like(x[0])
    assert bias is not None
    for frame, result in zip(x, unit(x), strict=True):
        joined = torch.cat([frame, state], dim=1)
        reset, update = torch.sigmoid(
            torch.conv2d(joined, gates, bias[:6], padding=1)
        ).chunk(2, dim=1)
        joined = torch.cat([frame, reset * state], dim=1)
        new = torch.relu(torch.conv2d(joined, candidate, bias[6:], padding=1))
        state = update * state + (1 - update) * new
        torch.testing.assert_close(result, state)
