"""The recurrent stacked hourglass network (RSHN) of Payer et al. 2019."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, normalize

from napari_asist.embedding.gru import ConvGRU

SMALLEST_NORM = 1e-4


class Hourglass(nn.Module):
    """One hourglass, with a recurrent unit on the skip path of each level.

    There is no normalization layer, and all levels have the same number of channels.

    Parameters
    ----------
    channels_in, channels, levels, dimensions : int
        Channels of the input, channels on all levels, number of resolutions, and
        length of an embedding.
    """

    def __init__(
        self, channels_in: int, channels: int, levels: int, dimensions: int
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels_in, channels, 1)
        self.contracting = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(levels)
        )
        self.recurrent = nn.ModuleList(ConvGRU(channels) for _ in range(levels))
        self.expanding = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(levels)
        )
        self.head = nn.Conv2d(channels, dimensions, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (T, N, C, Y, X) to embeddings (T, N, D, Y, X)."""
        clip = x.shape[:2]
        features = torch.relu(self.stem(x.flatten(0, 1)))
        skips = []
        for level, (convolution, recurrent) in enumerate(
            zip(self.contracting, self.recurrent, strict=True)
        ):
            if level:
                features = max_pool2d(features, 2)
            features = torch.relu(convolution(features))
            skips.append(
                recurrent(features.reshape(*clip, *features.shape[1:])).flatten(0, 1)
            )
        result = torch.relu(self.expanding[-1](skips[-1]))
        for convolution, skip in zip(
            reversed(self.expanding[:-1]), reversed(skips[:-1]), strict=True
        ):
            result = interpolate(result, scale_factor=2.0, mode="nearest") + skip
            result = torch.relu(convolution(result))
        embedding: Tensor = self.head(result)
        return embedding.reshape(*clip, *embedding.shape[1:])


class RSHN(nn.Module):
    """Stacked hourglasses; each after the first also receives the previous embedding.

    Parameters
    ----------
    hourglasses, channels, levels, dimensions : int
        2, 64, 7 and 16 as published, which gives 4,136,608 parameters.
    """

    def __init__(
        self,
        hourglasses: int = 2,
        channels: int = 64,
        levels: int = 7,
        dimensions: int = 16,
    ) -> None:
        super().__init__()
        self.hourglasses = nn.ModuleList(
            Hourglass(1 + (dimensions if number else 0), channels, levels, dimensions)
            for number in range(hourglasses)
        )
        self.apply(_initialize)
        for name, module in self.named_modules():
            if isinstance(module, ConvGRU):
                _initialize_gates(module)
            elif name.endswith("head"):
                nn.init.normal_(module.weight, std=channels**-0.5)

    def forward(self, clip: Tensor) -> list[Tensor]:
        """Embed a clip.

        Parameters
        ----------
        clip : Tensor, shape (T, N, 1, Y, X)
            Intensities from -1 to 1; Y and X are multiples of ``2 ** (levels - 1)``.

        Returns
        -------
        list of Tensor, shape (T, N, D, Y, X)
            The embeddings of each hourglass, not normalized. The last one is the
            result.
        """
        embeddings = [self.hourglasses[0](clip)]
        for hourglass in self.hourglasses[1:]:
            previous = normalize(embeddings[-1], dim=2, eps=SMALLEST_NORM)
            embeddings.append(hourglass(torch.cat([clip, previous], dim=2)))
        return embeddings


def _initialize(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _initialize_gates(unit: ConvGRU) -> None:
    """Scale the initial weights as if input and state were convolved together."""
    channels = unit.candidate_from_state.in_channels
    fan_in = 2 * channels * 9
    gate, candidate = fan_in**-0.5, (2 / fan_in) ** 0.5
    with torch.no_grad():
        nn.init.normal_(unit.from_input.weight[: 2 * channels], std=gate)
        nn.init.normal_(unit.from_input.weight[2 * channels :], std=candidate)
        nn.init.normal_(unit.gates_from_state.weight, std=gate)
        nn.init.normal_(unit.candidate_from_state.weight, std=candidate)
