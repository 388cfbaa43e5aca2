"""Sums of log-likelihoods with their gradients, row by row, while a row's activations are in the processor's cache.

A perceptron that runs at every pixel of every image under every class holds gigabytes of activations, and moving them
through memory takes longer than the arithmetic. Here the gradient of each row's scalar is taken as soon as the row is
computed, and only that gradient is kept. Rows may then be weighted in any way: the gradient of sum_r w_r f_r is
sum_r w_r grad f_r.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def map_rows(function: Callable[..., Tensor], rows: Sequence[Tensor], parameters: Sequence[Tensor]) -> Tensor:
    """Compute a scalar a row: function(*(part[r] for part in rows)) for r in 0..n-1; returns [n].

    rows: tensors [n, ...]; parameters: leaves that `function` uses beside them. Gradients reach both, once: there is no
    second derivative. The memory is that of one row, and of n gradients of the parameters.
    """
    if not torch.is_grad_enabled():
        return torch.stack([function(*row) for row in zip(*rows, strict=True)])
    return _RowByRow.apply(function, len(rows), *rows, *parameters)


class _RowByRow(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Callable[..., Tensor], n_parts: int, *tensors: Tensor) -> Tensor:
        rows, parameters = tensors[:n_parts], tensors[n_parts:]
        wanted = [index for index, tensor in enumerate(tensors) if tensor.requires_grad]
        kept = [tensors[i].new_empty(len(rows[0]), *tensors[i].shape[i < n_parts :]) for i in wanted]
        values = []
        for r in range(len(rows[0])):
            with torch.enable_grad():
                leaves = [part[r].detach().requires_grad_(part.requires_grad) for part in rows]
                values.append(function(*leaves))
                sources = [(*leaves, *parameters)[i] for i in wanted]
                gradients = torch.autograd.grad(values[r], sources, materialize_grads=True) if wanted else ()
            for every_row, gradient in zip(kept, gradients, strict=True):
                every_row[r] = gradient
        ctx.n_parts, ctx.n_tensors, ctx.wanted = n_parts, len(tensors), wanted
        ctx.save_for_backward(*kept)
        return torch.stack(values).detach()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        gradients: list[Tensor | None] = [None] * ctx.n_tensors
        for index, kept in zip(ctx.wanted, ctx.saved_tensors, strict=True):
            summed = "r...->r..." if index < ctx.n_parts else "r...->..."
            gradients[index] = torch.einsum(f"r,{summed}", weights, kept)
        return None, None, *gradients
