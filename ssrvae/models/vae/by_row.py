"""Log-likelihoods of images under a perceptron that runs at every pixel, with their gradients taken image by image.

Under every class of every image of a batch such a perceptron holds a gigabyte of activations, and moving them through
memory takes longer than the arithmetic. Here the gradient of each row's log-likelihood is taken as soon as the row is
drawn, while its activations are in cache, and only that gradient is kept. Rows may then be weighted in any way: the
gradient of sum_r w_r f_r is sum_r w_r grad f_r. Each thread has rows of its own.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from threading import Barrier
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ssrvae.models.vae.pixel_mlp import PixelMLP

PIXELS_AT_ONCE = 2304
"""Activations of so many pixels in 128 units are 1.2 MB; of smaller images, several are drawn together."""

Score = Callable[[Tensor, slice], Tensor]
"""Scores what is drawn for a slice of the rows, [rows, points]: [rows]."""


@dataclass(frozen=True)
class RowScores:
    """log p of each row: `score` of what the perceptron of `PixelMLP` draws.

    points: [points, inputs]; precision: of all layers but the first; n_layer_parameters: how many of the parameters
    are the perceptron's; the others are those that `score` uses.
    """

    score: Score
    points: Tensor
    precision: torch.dtype
    n_layer_parameters: int

    def __call__(self, first: Tensor, parameters: Sequence[Tensor]) -> Tensor:
        """Score rows of first layers [rows, inputs, width]: [rows].

        Gradients reach `first` and the parameters, once: there is no second derivative. The memory is that of a few
        rows, and of a gradient of every parameter for each row.
        """
        return _Scored.apply(self, torch.is_grad_enabled(), first, *parameters)


class _Scored(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: RowScores, with_gradients: bool, first: Tensor, *parameters: Tensor) -> Tensor:
        values, of_first = first.new_empty(len(first)), torch.empty_like(first)
        kept = [first.new_empty(len(first), *p.shape) for p in parameters] if with_gradients else []
        n_own = scores.n_layer_parameters
        at_once = 1 if n_own < len(parameters) else max(1, PIXELS_AT_ONCE // len(scores.points))

        @torch.no_grad()
        def work(pieces: Sequence[slice]) -> None:
            mlp = None
            for rows in pieces:
                if mlp is None or mlp.n_rows != len(first[rows]):
                    mlp = PixelMLP(scores.points, parameters[:n_own], scores.precision, len(first[rows]))
                drawn = mlp.forward(first[rows])
                if not with_gradients:
                    values[rows] = scores.score(drawn, rows)
                    continue
                with torch.enable_grad():
                    value = scores.score(drawn.requires_grad_(), rows)
                    slopes, *others = torch.autograd.grad(value.sum(), [drawn, *parameters[n_own:]])
                values[rows] = value.detach()
                mlp.backward(slopes, of_first[rows], [part[rows] for part in kept[:n_own]])
                for part, gradient in zip(kept[n_own:], others, strict=True):
                    part[rows] = gradient

        pieces = [slice(row, row + at_once) for row in range(0, len(first), at_once)]
        _in_threads(work, pieces, first.device)
        ctx.save_for_backward(of_first, *kept)
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        of_first, *kept = ctx.saved_tensors
        summed = (torch.tensordot(weights, part, 1) for part in kept)
        return None, None, weights[:, None, None] * of_first, *summed


def _in_threads(work: Callable[[Sequence[slice]], None], pieces: Sequence[slice], device: torch.device) -> None:
    """Share pieces among as many threads as PyTorch may use, each of which works alone."""
    n_threads = torch.get_num_threads() if device.type == "cpu" else 1
    if min(n_threads, len(pieces)) == 1:
        return work(pieces)
    shares = [pieces[thread::n_threads] for thread in range(n_threads)]
    running = [_workers(n_threads).submit(work, share) for share in shares]
    wait(running)
    for done in running:
        done.result()


@cache
def _workers(n_threads: int) -> ThreadPoolExecutor:
    """Start threads that stay, in each of which PyTorch computes alone.

    PyTorch's number of threads is the calling thread's own, but also that of every thread to come. So it is put back as
    soon as all workers have set theirs, and no call changes it after that.
    """
    before, all_started = torch.get_num_threads(), Barrier(n_threads)
    pool = ThreadPoolExecutor(n_threads, "rows", _compute_alone)
    list(pool.map(lambda _: all_started.wait(), range(n_threads)))
    torch.set_num_threads(before)
    return pool


def _compute_alone() -> None:
    torch.get_num_threads()  # a thread takes over the common number when first asked, which would come after
    torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.cache_clear)  # threads do not survive a fork
