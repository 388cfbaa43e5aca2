"""The decoder: one upright template a class, deformed by the style, in coefficients of the Fourier-Bessel basis."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ssrvae.models.basis import fourier_bessel
from ssrvae.models.geometry import pixel_grid
from ssrvae.models.marginal.parity import Parts, basis_parity, fold, quadrants
from ssrvae.models.marginal.pose_grid import Resolution
from ssrvae.models.networks import mlp

INITIAL_DEFORMATION = 0.1
"""One standard deviation of style stretches the object by about 10 %."""
COEFFICIENT_SCALE = 10.0
"""Basis images have unit norm, so natural parameters of a few units over hundreds of pixels need such coefficients."""


class DeformedTemplates(nn.Module):
    """Draw the natural parameters of upright images: eta(p) = background + T_y(D(z)^-1 p) + residual(z, y).

    D(z) = exp(sum_k z_k G_k) with symmetric generators G_k that all classes share: scale, stretch along the axes,
    stretch along the diagonals. A symmetric deformation turns nothing, so the angle is left to the pose (polar
    decomposition); classes that share it are equally wide, so that none swallows another's images. What no
    stretch can draw, and all style variables beyond the third, is left to the residual, a perceptron that starts at
    zero. Both are drawn in the basis: coefficients (cosines, then sines) [*batch, 2 * basis].

    Pixels on the disc are kept quadrant by quadrant, [4, pixels], so that products with the basis are taken part by
    part (`parity`).
    """

    functions: Tensor
    on_disc: Tensor
    duals: Tensor
    disc: Tensor
    count: Tensor
    points: Tensor
    rim: Tensor
    noise_factor: Tensor

    def __init__(
        self, size: int, n_classes: int, n_style: int, resolution: Resolution, hidden: tuple[int, ...]
    ) -> None:
        super().__init__()
        basis = fourier_bessel(size, *resolution)
        functions = torch.cat([basis.cosines, basis.sines])
        disc, count = quadrants(basis.disc.reshape(size, size))
        # Order 0 has no sine: its row is zero, and so is its dual.
        duals = torch.zeros_like(functions)
        duals[:, basis.disc] = torch.linalg.pinv(functions[:, basis.disc].double(), rtol=1e-6).T.float()
        self.parts = Parts(*basis_parity(basis.orders))
        self.register_buffer("functions", functions, persistent=False)
        self.register_buffer("on_disc", self.parts.rows(functions[:, disc[0]]), persistent=False)
        self.register_buffer("duals", self.parts.rows(duals[:, disc[0]] * count).mT.contiguous(), persistent=False)
        self.register_buffer("disc", disc, persistent=False)
        self.register_buffer("count", count, persistent=False)
        self.register_buffer("rim", ~basis.disc, persistent=False)
        self.register_buffer("points", pixel_grid(size)[disc.flatten()], persistent=False)
        self.register_buffer("noise_factor", _factor(functions @ functions.T), persistent=False)
        self.size, self.n_classes, self.n_style = size, n_classes, n_style
        self.templates = nn.Parameter(torch.zeros(n_classes, len(functions)))
        self.generators = nn.Parameter(_initial_generators(n_style))
        self.background = nn.Parameter(torch.tensor(0.0))
        self.residual = mlp(n_style + n_classes, hidden, len(functions))
        with torch.no_grad():
            for parameter in self.residual[-1].parameters():
                parameter.zero_()

    def start_from(self, upright: Tensor, background: float) -> None:
        """Set the templates to upright natural parameters [classes, pixels] over a background."""
        with torch.no_grad():
            self.templates.copy_(self._expand((upright - background)[:, self.disc]) / COEFFICIENT_SCALE)
            self.background.fill_(background)

    def forward(self, style: Tensor, classes: Tensor) -> Tensor:
        """style: [*batch, n_style]; classes: one-hot [*batch, classes]. Returns coefficients [*batch, 2 * basis]."""
        batch = style.shape[:-1]
        images = (classes @ (self.templates @ self.functions)).reshape(-1, 1, self.size, self.size)
        deformed = F.grid_sample(images, self._sampled_at(style.flatten(0, -2)), align_corners=False)
        residual = self.residual(torch.cat([style, classes], dim=-1))
        return COEFFICIENT_SCALE * (self._expand(deformed.reshape(*batch, *self.disc.shape)) + residual)

    def draw(self, coefficients: Tensor) -> Tensor:
        """Draw coefficients [*batch, 2 * basis] as natural parameters [*batch, pixels]."""
        return coefficients @ self.functions + self.background

    def draw_on_disc(self, coefficients: Tensor) -> Tensor:
        """Draw coefficients as natural parameters of the pixels on the disc, [*batch, 4, pixels].

        All other pixels have the background's.
        """
        drawn = fold(_products(self.parts.split(coefficients), self.on_disc))
        return drawn.movedim(0, -2) + self.background

    def project_disc(self, pixels: Tensor) -> Tensor:
        """Project pixels on the disc [*batch, 4, pixels] on the basis: [*batch, 2 * basis]."""
        return self.parts.join(_products(fold((pixels * self.count).movedim(-2, 0)), self.on_disc.mT))

    def sum_disc(self, pixels: Tensor) -> Tensor:
        """Add up pixels on the disc [*batch, 4, pixels]: [*batch]."""
        return (pixels * self.count).sum((-2, -1))

    def projected_noise(self, n: int) -> Tensor:
        """Draw projections on the basis of n images of white noise of unit variance: [n, 2 * basis].

        Their covariance is that of the functions' inner products; drawing pixels would cost ten times as much.
        """
        return torch.randn(n, len(self.noise_factor), device=self.noise_factor.device) @ self.noise_factor

    def _expand(self, pixels: Tensor) -> Tensor:
        """Expand pixels on the disc [*batch, 4, pixels] in the basis: coefficients [*batch, 2 * basis]."""
        return self.parts.join(_products(fold(pixels.movedim(-2, 0)), self.duals))

    def _sampled_at(self, style: Tensor) -> Tensor:
        """Where each pixel on the disc, of style [n, n_style], shows the template, y down: [n, 1, pixels, 2]."""
        inverse = symmetric_exponential(-style @ self.generators)
        y_down = inverse * inverse.new_tensor([[1.0], [-1.0]])
        # All at once: a batch of products as thin as these takes five times as long.
        points = (y_down.flatten(0, 1) @ self.points.T).unflatten(0, (-1, 2))
        return points.transpose(1, 2)[:, None]


def _products(rows: Tensor, tables: Tensor) -> Tensor:
    """Multiply rows [4, *batch, n] part by part with tables [4, n, m]: [4, *batch, m]."""
    return torch.bmm(rows.flatten(1, -2), tables).unflatten(1, rows.shape[1:-1])


def symmetric_exponential(parts: Tensor) -> Tensor:
    """Exponentiate symmetric 2 x 2 matrices: parts [*batch, 3] = (s, d, o) stands for [[s + d, o], [o, s - d]].

    exp = e^s (cosh r I + sinh(r) / r [[d, o], [o, -d]]) with r^2 = d^2 + o^2. Returns [*batch, 2, 2].
    """
    scale, along, across = parts.unbind(-1)
    radius = (along**2 + across**2 + 1e-12).sqrt()
    even, odd = torch.cosh(radius), torch.sinh(radius) / radius
    rows = [even + odd * along, odd * across, odd * across, even - odd * along]
    return (scale.exp()[..., None] * torch.stack(rows, dim=-1)).unflatten(-1, (2, 2))


def _initial_generators(n_style: int) -> Tensor:
    """The parts (s, d, o) of the symmetric generator of each style variable: [n_style, 3]."""
    return INITIAL_DEFORMATION * torch.eye(max(n_style, 3), 3)[:n_style]


def _factor(covariance: Tensor) -> Tensor:
    """Give F with F^T F a positive semi-definite matrix [n, n]: [n, n]."""
    values, vectors = torch.linalg.eigh(covariance.double())
    return (values.clamp_min(0).sqrt()[:, None] * vectors.T).float()
