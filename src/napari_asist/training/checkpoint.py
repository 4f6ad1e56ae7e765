"""Training states and weights on disk: safetensors with JSON, never pickles."""

import errno
import json
import os
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from napari_asist.errors import AsistError
from napari_asist.files import require_file, written_aside
from napari_asist.training.ranks import ranks

TENSOR = "$tensor"


def save_state(path: Path, state: dict[str, Any], **metadata: Any) -> None:
    """Write a nested state of tensors and plain data into one safetensors file.

    The file is written under another name and renamed, so that a killed process leaves
    either the old file or the new one. If several processes train together, the first
    writes and the others do nothing.

    Parameters
    ----------
    path : Path
    state : dict
        Dictionaries and lists of tensors, numbers, strings, booleans and None.
    **metadata
        Plain data stored as JSON alongside the state, such as the settings.

    Raises
    ------
    OSError
        The file cannot be written; an earlier one is kept.
    """
    if not ranks().is_first:
        return
    tensors: dict[str, torch.Tensor] = {}
    skeleton = _take_tensors(state, "", tensors)
    texts = {"state": json.dumps(skeleton), "metadata": json.dumps(metadata)}
    with written_aside(path) as aside:
        try:
            save_file(tensors, aside, metadata=texts)
        except SafetensorError as error:
            raise _as_os_error(error, path) from error


def _as_os_error(error: SafetensorError, path: Path) -> OSError:
    """Return the error of the system that safetensors wraps in its own."""
    if found := re.search(r"(?:code: |os error )(\d+)", str(error)):
        code = int(found[1])
        return OSError(code, os.strerror(code), str(path))
    return OSError(errno.EIO, f"cannot be written: {error}", str(path))


def load_state(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what `save_state` wrote.

    Returns
    -------
    state, metadata : dict, dict

    Raises
    ------
    AsistError
        The file is missing, truncated or not from napari-asist.
    """
    require_file(path)
    try:
        with safe_open(path, framework="pt") as file:
            texts = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise AsistError(f"{path} does not exist; first train the network.") from error
    except (SafetensorError, OSError) as error:
        raise AsistError(
            f"{path} is not a complete napari-asist weights file: it is truncated or "
            "has another format; delete it and train again."
        ) from error
    try:
        state = _put_tensors(json.loads(texts["state"]), tensors)
        metadata = json.loads(texts["metadata"])
        if not isinstance(state, dict) or not isinstance(metadata, dict):
            raise TypeError("not a mapping")
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise AsistError(
            f"{path} is a safetensors file that napari-asist did not write; choose "
            "another file, or train again."
        ) from error
    return state, metadata


def load_weights(network: torch.nn.Module, weights: dict[str, Any], path: Path) -> None:
    """Load weights into a network.

    Raises
    ------
    AsistError
        They belong to another network, or are not all finite.
    """
    refuse_lost_numbers(weights, path)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise AsistError(
            f"{path} has weights of a network with another architecture; use the "
            "settings they were trained with."
        ) from error


def refuse_lost_numbers(state: Any, path: Path) -> None:
    """Raise an error if weights are NaN or infinite.

    Raises
    ------
    AsistError
        Names the file.
    """
    if not is_finite(state):
        raise AsistError(
            f"{path} has weights that are not numbers; copy the file again, or train "
            "again."
        )


def is_finite(state: Any) -> bool:
    """Whether all tensors of a nested state are finite."""
    if isinstance(state, torch.Tensor):
        return bool(torch.isfinite(state).all())
    if isinstance(state, dict):
        return all(map(is_finite, state.values()))
    return not isinstance(state, list | tuple) or all(map(is_finite, state))


def _take_tensors(value: Any, name: str, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        # Cloned because safetensors refuses tensors that share memory.
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {TENSOR: name}
    if isinstance(value, dict):
        return {
            str(key): _take_tensors(item, f"{name}.{key}".lstrip("."), tensors)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _take_tensors(item, f"{name}.{number}".lstrip("."), tensors)
            for number, item in enumerate(value)
        ]
    return value


def _put_tensors(skeleton: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(skeleton, dict):
        if set(skeleton) == {TENSOR}:
            return tensors[skeleton[TENSOR]]
        return {key: _put_tensors(item, tensors) for key, item in skeleton.items()}
    if isinstance(skeleton, list):
        return [_put_tensors(item, tensors) for item in skeleton]
    return skeleton


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return an optimizer's state with plain string keys."""
    return dict(optimizer.state_dict())


def restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Restore a state from `optimizer_state`; JSON made its integer keys strings."""
    numbered = {int(key): item for key, item in state["state"].items()}
    optimizer.load_state_dict(state | {"state": numbered})
    for weight, own in optimizer.state.items():
        for name, value in own.items():
            if isinstance(value, torch.Tensor) and value.shape == weight.shape:
                # Files store tensors in row-major order. Fused optimizers walk through
                # memory, so moments need the layout of their weights, which may be
                # channels-last.
                own[name] = torch.empty_like(value, memory_format=_format(weight))
                own[name].copy_(value)


def _format(weight: torch.Tensor) -> torch.memory_format:
    is_last = weight.dim() == 4 and weight.is_contiguous(
        memory_format=torch.channels_last
    )
    return torch.channels_last if is_last else torch.contiguous_format
