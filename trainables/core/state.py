"""Write and read a detector's state: tensors, arrays and plain values, never a pickled object.

The file is what `torch.save` writes and is read with ``weights_only=True``. NumPy arrays
travel as tensors under a marker and come back as arrays.
"""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainables.core.errors import UntrustedState
from trainables.core.files import atomic_write

_ARRAY = "__array__"


def _pack(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {_ARRAY: torch.from_numpy(np.array(value))}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {key: _pack(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_pack(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str | torch.Tensor):
        return value
    raise TypeError(f"a detector's state holds tensors, arrays and plain values, not {type(value).__name__}")


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {_ARRAY}:
            return value[_ARRAY].numpy()
        return {key: _unpack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    return value


def dumps(state: Mapping[str, Any]) -> bytes:
    """The state as bytes.

    Raises
    ------
    TypeError
        If something in it is neither a tensor, an array nor a plain value.
    """
    buffer = io.BytesIO()
    torch.save(_pack(state), buffer)
    return buffer.getvalue()


def loads(data: bytes) -> dict[str, Any]:
    """The state from the bytes of `dumps`, on the CPU.

    Raises
    ------
    UntrustedState
        If they hold anything but tensors and plain values, or are no state at all. No
        object in them is built and no code in them is run.
    """
    try:
        with warnings.catch_warnings():  # about the form of a pickle that is about to be refused
            warnings.simplefilter("ignore")
            loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UntrustedState(
            "the state holds more than tensors and plain values, or is none: it is not loaded"
        ) from error
    except (EOFError, ValueError, RuntimeError, OSError, KeyError) as error:  # what torch makes of a damaged file
        raise UntrustedState("the state is damaged or cut short") from error
    if not isinstance(loaded, dict):
        raise UntrustedState(f"the state is a {type(loaded).__name__}, not a mapping")
    return _unpack(loaded)


def size(value: Any) -> int:
    """About how many bytes a state takes."""
    if isinstance(value, Mapping | list | tuple):
        return sum(map(size, value.values() if isinstance(value, Mapping) else value))
    return len(value) if isinstance(value, str) else int(getattr(value, "nbytes", 8))


def save(state: Mapping[str, Any], path: str | Path) -> None:
    """Write the state in one step: a reader sees the old file or the new one, never half."""
    with atomic_write(Path(path)) as partial:
        partial.write_bytes(dumps(state))


def load(path: str | Path) -> dict[str, Any]:
    """Read what `save` wrote."""
    return loads(Path(path).read_bytes())
