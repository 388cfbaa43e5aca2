"""Count what a computation does, and say what limits it on a machine of known rates.

Counted are the multiplications and additions of matrix products, the transcendental functions, and the bytes that go
through tensors too large to stay in cache. With the rates of the machine they give the least seconds that the
computation could take; what it takes beyond them is overhead: page faults, kernel launches, Python.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

LARGE_BYTES = 16 * 2**20
"""Tensors from this size on are taken to go through memory: half of a last-level cache of 32 MB."""
TRANSCENDENTAL = ("tanh", "sigmoid", "softplus", "exp", "expm1", "log", "log1p", "erf", "sin", "cos", "logsumexp")
FORWARD_AND_BACKWARD = 3
"""A step's matrix products over those of its forward pass: the gradients of inputs and of weights are one more each."""
OVERHEAD_SHARE = 0.5
"""A computation that could take less than this share of its seconds is limited by overhead."""


class Operations(NamedTuple):
    """What a computation does: 10^9 floating-point operations of matrix products, 10^9 transcendental functions, 10^9
    bytes read and written through tensors of LARGE_BYTES or more."""

    gflop: float
    gtanh: float
    gbyte: float


class Rates(NamedTuple):
    """What the machine can do a second: Operations' three."""

    gflop: float
    gtanh: float
    gbyte: float


def count(run: Callable[[], object]) -> Operations:
    """Count what `run` does, backward passes included; on one thread, since another's operations would not be seen."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _Counter() as counter:
            run()
    finally:
        torch.set_num_threads(n_threads)
    return Operations(counter.products / 1e9, counter.transcendental / 1e9, counter.large_bytes / 1e9)


def coordinate_decoder_gflop(rows: int, pixels: int, hidden: tuple[int, ...], n_latents: int = 0) -> float:
    """The matrix products of a training step of the coordinate decoder, in 10^9 operations.

    rows: images times classes. A pixel takes 2 * w_0 for its coordinates, w_0 * w_0 and w_i * w_(i+1) for the hidden
    layers and w_n for the output, each a multiplication and an addition; a row takes n_latents * w_0 once.
    """
    widths = (hidden[0], *hidden, 1)
    a_pixel = 2 * hidden[0] + sum(n_in * n_out for n_in, n_out in pairwise(widths))
    return FORWARD_AND_BACKWARD * 2 * rows * (pixels * a_pixel + n_latents * hidden[0]) / 1e9


def least_seconds(done: Operations, rates: Rates) -> float:
    """The seconds below which no program on this machine does these operations, arithmetic and memory overlapping."""
    return max(done.gflop / rates.gflop + done.gtanh / rates.gtanh, done.gbyte / rates.gbyte)


def limited_by(done: Operations, rates: Rates, seconds: float) -> str:
    """Name what limits a computation: arithmetic, memory, or overhead when neither takes half of its seconds."""
    if least_seconds(done, rates) < OVERHEAD_SHARE * seconds:
        return "overhead"
    return "memory" if done.gbyte / rates.gbyte >= least_seconds(done, rates) else "arithmetic"


class _Counter(TorchDispatchMode):
    """Adds up the products, transcendental functions and large tensors of every operation that is not a view."""

    def __init__(self) -> None:
        super().__init__()
        self.products = self.transcendental = self.large_bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket in flop_registry:
            self.products += flop_registry[func.overloadpacket](*args, **(kwargs or {}), out_val=out)
        if not func.is_view:
            tensors = [leaf for leaf in tree_leaves((args, kwargs, out)) if isinstance(leaf, torch.Tensor)]
            sizes = [tensor.numel() * tensor.element_size() for tensor in tensors]
            self.large_bytes += sum(size for size in sizes if size >= LARGE_BYTES)
            if func.overloadpacket.__name__.strip("_") in TRANSCENDENTAL:
                self.transcendental += sum(leaf.numel() for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor))
        return out
