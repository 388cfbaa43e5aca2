"""The paper's decoder: a perceptron of the turned pixel grid and the latents."""

import torch
from torch import Tensor, nn

from datagen.errors import InputError
from ssrvae.models.geometry import Pose, pixel_grid, to_object_coordinates
from ssrvae.models.networks import mlp
from ssrvae.models.vae.by_row import RowScores
from ssrvae.models.vae.decoders.drawn import DrawnDecoder

PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16}
"""What the layers but the first compute in; None: as the first."""


class CoordinateDecoder(DrawnDecoder):
    """logit(x_p) = MLP(R(-angle) (g_p - shift) / scale, style, class). Source: Bepler et al. 2019, arXiv:1909.11663.

    A layer takes in the coordinates and the latents; `hidden` layers and the output follow, as in the paper's
    implementation. Its cost grows with pixels x hidden width squared; `pixels` restricts it to a subset. With
    `precision` "bfloat16" images are scored in half the bits, by all layers but the first.
    """

    config_name = "coordinate"
    grid: Tensor
    corners: Tensor

    def __init__(self, size: int, n_latents: int, hidden: tuple[int, ...], precision: str = "float32") -> None:
        super().__init__()
        if precision not in PRECISIONS:
            raise InputError(f"decoder_precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
        self.register_buffer("grid", pixel_grid(size), persistent=False)
        self.register_buffer("corners", torch.eye(3)[:, :2], persistent=False)
        self.from_grid = nn.Linear(2, hidden[0])
        self.from_latents = nn.Linear(n_latents, hidden[0], bias=False)
        self.rest = mlp(hidden[0], hidden, 1)
        self.precision = precision

    def forward(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor:
        """latents: [*batch, latents]; pose: [*batch], None for upright. Returns logits [*batch, pixels]."""
        grid = self.grid if pixels is None else self.grid[pixels]
        return self.rest(torch.tanh(self._first(grid, latents, pose))).squeeze(-1)

    def log_likelihood(
        self, likelihood: nn.Module, images: Tensor, latents: Tensor, pose: Pose | None, pixels: Tensor | None
    ) -> Tensor:
        """Score images [n, pixels wanted] under latents [*batch, n, latents] and poses [*batch, n]: [*batch, n]."""
        batch = latents.shape[:-1]
        each = torch.arange(len(images), device=images.device).expand(batch).flatten()

        def score(drawn: Tensor, rows: slice) -> Tensor:
            return likelihood(drawn).log_prob(images[each[rows]])

        # The first layer is affine in the pixel: its slopes and its values at the centre tell it everywhere.
        along_x, along_y, centre = self._first(self.corners, latents, pose).unbind(-2)
        first = torch.stack([along_x - centre, along_y - centre, centre], dim=-2).expand(*batch, -1, -1).flatten(0, -3)
        grid = nn.functional.pad(self.grid if pixels is None else self.grid[pixels], (0, 1), value=1.0)
        layers = list(self.rest.parameters())
        precision = PRECISIONS[self.precision] or first.dtype
        scores = RowScores(score, grid.to(first.dtype), precision, len(layers))
        return scores(first, [*layers, *likelihood.parameters()]).reshape(batch)

    def _first(self, points: Tensor, latents: Tensor, pose: Pose | None) -> Tensor:
        """What the first layer takes in at image points [points, 2]: [*batch, points, width]."""
        placed = points if pose is None else to_object_coordinates(points, pose)
        return self.from_grid(placed) + self.from_latents(latents)[..., None, :]
