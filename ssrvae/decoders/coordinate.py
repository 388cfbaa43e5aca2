"""The paper's decoder: a perceptron of the turned pixel grid and the latents."""

import torch
from torch import Tensor, nn

from ssrvae.geometry import Pose, pixel_grid, to_object_coordinates
from ssrvae.networks import mlp


class CoordinateDecoder(nn.Module):
    """logit(x_p) = MLP(R(-angle) (g_p - shift) / scale, style, class). Source: Bepler et al. 2019, arXiv:1909.11663.

    Its cost grows with pixels x hidden width squared; `pixels` restricts it to a subset.
    """

    grid: Tensor

    def __init__(self, size: int, n_latents: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("grid", pixel_grid(size), persistent=False)
        self.from_grid = nn.Linear(2, hidden[0])
        self.from_latents = nn.Linear(n_latents, hidden[0], bias=False)
        self.rest = mlp(hidden[0], hidden[1:], 1)

    def forward(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor:
        """latents: [*batch, latents]; pose: [*batch], None for upright. Returns logits [*batch, pixels]."""
        grid = self.grid if pixels is None else self.grid[pixels]
        points = grid if pose is None else to_object_coordinates(grid, pose)
        first = self.from_grid(points) + self.from_latents(latents)[..., None, :]
        return self.rest(torch.tanh(first)).squeeze(-1)
