"""Random numbers of our own: drawing them leaves those of whoever calls us as they were.

A stream is the generators that a fit draws from: the CPU's, and that of the device it runs on. `torch.manual_seed`
would reseed every other device as well, whose generators nothing puts back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def random_stream(device: torch.device, seed: int | None = None) -> Iterator[None]:
    """Draw from generators that are put back when done; with a seed they start from it, else where they are."""
    with torch.random.fork_rng(_indices(device), device_type="cuda"):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
            for index in _indices(device):
                with torch.cuda.device(index):
                    torch.cuda.manual_seed(seed)
        yield


def stream_state(device: torch.device) -> dict[str, Tensor]:
    """Read the state of the stream's generators, by the kind of their device."""
    states = {"cpu": torch.get_rng_state()}
    for index in _indices(device):
        states["cuda"] = torch.cuda.get_rng_state(index)
    return states


def set_stream_state(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Put the stream's generators back to a state that `stream_state` read."""
    torch.set_rng_state(states["cpu"])
    for index in _indices(device):
        torch.cuda.set_rng_state(states["cuda"], index)


def _indices(device: torch.device) -> list[int]:
    """The device among the GPUs; a device of another kind has no generator beside the CPU's."""
    if device.type != "cuda":
        return []
    return [torch.cuda.current_device() if device.index is None else device.index]
