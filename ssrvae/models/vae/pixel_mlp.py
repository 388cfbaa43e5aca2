"""The passes of a tanh perceptron through all pixels of a few images, in buffers that stay in the processor's cache.

f(r, p) = v . tanh(W_n ... tanh(W_1 tanh(points_p first_r) + b_1) ... + b_n) + c at each row r, an image, and point p.
Autograd would make every activation anew, in memory that is not in cache, and its tanh takes as long as the matrix
product before it: here tanh(u) = 1 - 2 sigmoid(-2u), which takes a fifth of that.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class PixelMLP:
    """The forward and the backward pass of one piece of `n_rows` rows after the other.

    points: [points, inputs]; parameters: W_1, b_1, ..., v, c, the W of shape [outputs, inputs], v of [1, inputs].
    precision: of all but the first layer.
    """

    def __init__(self, points: Tensor, parameters: Sequence[Tensor], precision: torch.dtype, n_rows: int) -> None:
        self.n_rows, self.one = n_rows, points.new_ones(())
        self.minus_twice, self.transposed = (part.expand(n_rows, -1, -1) for part in (-2 * points, points.T))
        low = [parameter.detach().to(precision) for parameter in parameters]
        self.weights, self.biases = low[::2], low[1::2]
        n, widths = n_rows * len(points), [weights.shape[1] for weights in self.weights]
        room = [points.new_empty(n * max(widths), dtype=precision) for _ in (*widths, None)]
        self.hidden = [part[: n * width].view(n, width) for part, width in zip(room, widths, strict=False)]
        # A layer's slopes lie where the activations of the layer above were, which are no longer needed.
        self.slopes = [part[: n * width].view(n, width) for part, width in zip(room[1:], widths, strict=True)]
        self.start = self.hidden[0] if precision == points.dtype else points.new_empty(n, widths[0])

    def forward(self, first: Tensor) -> Tensor:
        """Compute f for first layers [rows, inputs, width]: [rows, points]."""
        torch.bmm(self.minus_twice, first, out=self._by_row(self.start))
        self._tanh(self.start, self.hidden[0])
        for below, above, weights, bias in zip(self.hidden, self.hidden[1:], self.weights, self.biases, strict=False):
            self._tanh(torch.addmm(bias, below, weights.T, beta=-2, alpha=-2, out=above), above)
        out = torch.addmv(self.biases[-1], self.hidden[-1], self.weights[-1][0])
        return out.view(self.n_rows, -1).to(first.dtype)

    def backward(self, slopes: Tensor, of_first: Tensor, of_parameters: Sequence[Tensor]) -> None:
        """Write the gradients of sum_p slopes[r, p] f(r, p), row by row, for the piece last computed by `forward`.

        of_first: [rows, inputs, width]; of_parameters: [rows, *shape of the parameter] each.
        """
        above = slopes.reshape(-1, 1).to(self.hidden[0].dtype)
        for i in reversed(range(len(self.hidden))):
            self._products(above, self.hidden[i], of_parameters[2 * i])
            torch.sum(self._by_row(above), 1, dtype=of_first.dtype, out=of_parameters[2 * i + 1])
            above = torch.mm(above, self.weights[i], out=self.slopes[i])
            torch.ops.aten.tanh_backward.grad_input(above, self.hidden[i], grad_input=above)
        above = above if above.dtype == self.start.dtype else self.start.copy_(above)
        torch.bmm(self.transposed, self._by_row(above), out=of_first)

    def _tanh(self, minus_twice: Tensor, out: Tensor) -> None:
        """Compute tanh(u) from -2 u, which is overwritten."""
        torch.sub(self.one, torch.sigmoid(minus_twice, out=minus_twice), alpha=2, out=out)

    def _products(self, above: Tensor, below: Tensor, out: Tensor) -> None:
        """Sum above x below over the points of each row: [rows, width above, width below]."""
        if below.dtype == out.dtype:
            torch.bmm(self._by_row(above).transpose(1, 2), self._by_row(below), out=out)
        elif self.n_rows == 1:  # half the time of a batch of one
            out[0].copy_(torch.mm(above.T, below))
        else:
            out.copy_(torch.bmm(self._by_row(above).transpose(1, 2), self._by_row(below)))

    def _by_row(self, part: Tensor) -> Tensor:
        return part.view(self.n_rows, -1, part.shape[1])
