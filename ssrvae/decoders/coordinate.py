"""The paper's decoder: a perceptron of the turned pixel grid and the latents."""

import torch
from torch import Tensor, nn

from ssrvae.by_row import map_rows
from ssrvae.decoders.drawn import DrawnDecoder
from ssrvae.geometry import Pose, pixel_grid, to_object_coordinates, upright
from ssrvae.networks import mlp

SMALLEST_ROW = 1024
"""Pixels from which images are scored one by one; those of fewer are scored all at once, being small enough."""


class CoordinateDecoder(DrawnDecoder):
    """logit(x_p) = MLP(R(-angle) (g_p - shift) / scale, style, class). Source: Bepler et al. 2019, arXiv:1909.11663.

    A layer takes in the coordinates and the latents; `hidden` layers and the output follow, as in the paper's
    implementation. Its cost grows with pixels x hidden width squared; `pixels` restricts it to a subset. With
    `precision` "bfloat16" its layers are computed in half the bits, the likelihood in float32.
    """

    grid: Tensor

    def __init__(self, size: int, n_latents: int, hidden: tuple[int, ...], precision: str = "float32") -> None:
        super().__init__()
        self.register_buffer("grid", pixel_grid(size), persistent=False)
        self.from_grid = nn.Linear(2, hidden[0])
        self.from_latents = nn.Linear(n_latents, hidden[0], bias=False)
        self.rest = mlp(hidden[0], hidden, 1)
        self.precision = getattr(torch, precision)

    def forward(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor:
        """latents: [*batch, latents]; pose: [*batch], None for upright. Returns logits [*batch, pixels]."""
        grid = self.grid if pixels is None else self.grid[pixels]
        points = grid if pose is None else to_object_coordinates(grid, pose)
        with torch.autocast(points.device.type, torch.bfloat16, enabled=self.precision == torch.bfloat16):
            first = self.from_grid(points) + self.from_latents(latents)[..., None, :]
            return self.rest(torch.tanh(first)).squeeze(-1).to(latents.dtype)

    def log_likelihood(
        self, likelihood: nn.Module, images: Tensor, latents: Tensor, pose: Pose | None, pixels: Tensor | None
    ) -> Tensor:
        """Score images [n, pixels wanted] under latents [*batch, n, latents] and poses [*batch, n]: [*batch, n]."""
        if images.shape[-1] < SMALLEST_ROW:
            return super().log_likelihood(likelihood, images, latents, pose, pixels)
        batch = latents.shape[:-1]
        pose = upright(batch, like=latents) if pose is None else pose
        parts = [latents, pose.angle_rad[..., None], pose.shift, pose.scale[..., None]]
        rows = torch.cat([part.expand(*batch, -1) for part in parts], dim=-1).flatten(0, -2)
        each = torch.arange(len(images), device=images.device).expand(batch).flatten()

        def score(row: Tensor, image: Tensor) -> Tensor:
            style, angle_rad, shift, scale = row.split([latents.shape[-1], 1, 2, 1])
            drawn = self(style, Pose(angle_rad[0], shift, scale[0]), pixels)
            return likelihood(drawn).log_prob(images[image])

        parameters = [*self.parameters(), *likelihood.parameters()]
        return map_rows(score, [rows, each], parameters).reshape(batch)
