"""Parity: a function even or odd in x, and in y, meets only the like part of an image.

Every function of the basis is: cos(m t) is even in y, sin(m t) odd, and in x the one is as even as m, the other as odd.
So functions fall into four parts, and so does an image, by sums and differences of its four quadrants; a product of a
table of functions with images becomes four products, each a quarter as long on both sides: a quarter of the operations.

Parts and quadrants are numbered alike: bit 0 for x, bit 1 for y; a part's bit says odd, a quadrant's says mirrored.
"""

from typing import Any

import torch
from torch import Tensor, nn

N_PARTS = 4


class Parts(nn.Module):
    """Which of n functions fall into which part; short parts are filled up with a function of row zero."""

    index: Tensor
    real: Tensor
    place: Tensor

    def __init__(self, odd_x: Tensor, odd_y: Tensor) -> None:
        super().__init__()
        part = odd_x.long() + 2 * odd_y.long()
        members = [torch.nonzero(part == k)[:, 0] for k in range(N_PARTS)]
        index = nn.utils.rnn.pad_sequence(members, batch_first=True)
        real = nn.utils.rnn.pad_sequence([torch.ones(len(m)) for m in members], batch_first=True)
        place = torch.empty(len(part), dtype=torch.long)
        place[index[real > 0]] = torch.nonzero(real.flatten())[:, 0]
        self.register_buffer("index", index, persistent=False)
        self.register_buffer("real", real, persistent=False)
        self.register_buffer("place", place, persistent=False)

    def split(self, values: Tensor) -> Tensor:
        """Sort values [*batch, n] by part: [4, *batch, longest part]."""
        chosen = values.index_select(-1, self.index.flatten())
        return chosen.unflatten(-1, self.index.shape).movedim(-2, 0)

    def join(self, parts: Tensor) -> Tensor:
        """Undo `split`: [4, *batch, longest part] to [*batch, n]."""
        return parts.movedim(0, -2).flatten(-2).index_select(-1, self.place)

    def rows(self, table: Tensor) -> Tensor:
        """Sort the rows of a table [n, columns] by part: [4, longest part, columns], zero where a part is short."""
        return table[self.index] * self.real[..., None].to(table)


def basis_parity(orders: Tensor) -> tuple[Tensor, Tensor]:
    """Tell which functions, cosines then sines of these orders, are odd in x and which in y: bool [2 * basis] each."""
    odd = orders % 2 == 1
    return torch.cat([odd, ~odd]), torch.cat([torch.zeros_like(odd), torch.ones_like(odd)])


def quadrants(inside: Tensor) -> tuple[Tensor, Tensor]:
    """Number the chosen pixels of a square image, bool [size, size], which reflections must leave as they are.

    Returns indices [4, pixels of a quadrant] into the image, and how often to count each of these pixels: on an axis
    quadrants share pixels, which are then counted half, or a quarter.
    """
    size = len(inside)
    row, column = torch.nonzero(inside[: (size + 1) // 2, size // 2 :]).T
    column = column + size // 2
    index = torch.stack(
        [
            (size - 1 - row if flip_y else row) * size + (size - 1 - column if flip_x else column)
            for flip_y in (False, True)
            for flip_x in (False, True)
        ]
    )
    shared = (2 * row == size - 1).float() + (2 * column == size - 1).float()
    return index, 0.5**shared


def fold(quarters: Tensor) -> Tensor:
    """Turn four quadrants [4, ...] into four parts, or the parts into the quadrants: sums and differences."""
    return _Fold.apply(quarters)


class _Fold(torch.autograd.Function):
    """The 4 x 4 Hadamard matrix, which is symmetric: its gradient is itself."""

    @staticmethod
    def forward(ctx: Any, quarters: Tensor) -> Tensor:
        over_y, out = torch.empty_like(quarters), torch.empty_like(quarters)
        torch.add(quarters[:2], quarters[2:], out=over_y[:2])
        torch.sub(quarters[:2], quarters[2:], out=over_y[2:])
        torch.add(over_y[0::2], over_y[1::2], out=out[0::2])
        torch.sub(over_y[0::2], over_y[1::2], out=out[1::2])
        return out

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> Tensor:
        return _Fold.apply(slopes)
