"""Where networks run."""

import torch

from napari_asist.errors import AsistError


def choose_device(name: str = "auto") -> torch.device:
    """Return a device by name, or the best one there is.

    Parameters
    ----------
    name : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises
    ------
    AsistError
        When the named device cannot be used; says why.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise AsistError(
            f"Device {name!r} cannot be used ({reason}); choose auto or cpu."
        ) from error
    return device
