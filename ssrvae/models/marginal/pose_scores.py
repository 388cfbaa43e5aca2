"""Log-likelihoods of every pose at once: in the basis, turning an object by an angle turns phases.

With eta = sum_j a_j f_j cos(m_j t) + b_j f_j sin(m_j t) turned by phi, and C_j, S_j an image's projections,

    <x, eta turned by phi> = sum_m cos(m phi) E_m + sin(m phi) O_m,
    E_m = sum_{j: m_j = m} a_j C_j + b_j S_j,    O_m = sum_{j: m_j = m} a_j S_j - b_j C_j.

For a likelihood of the exponential family, log p(x | eta) = <x, eta> - sum_p A(eta_p) + log h(x), and A is the same at
every pose.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Phases(nn.Module):
    """Angular orders of a basis, and their phases at the angles of a pose grid."""

    def __init__(self, orders: Tensor, angles_rad: Tensor) -> None:
        super().__init__()
        turns = torch.arange(int(orders.max()) + 1)[:, None] * angles_rad
        self.register_buffer("orders", orders, persistent=False)
        self.register_buffer("by_order", F.one_hot(orders).float(), persistent=False)
        self.register_buffer("waves", torch.cat([turns.cos(), turns.sin()]), persistent=False)

    orders: Tensor
    by_order: Tensor
    waves: Tensor

    def correlations(self, coefficients: Tensor, projections: Tensor) -> Tensor:
        """<x, eta turned> at every angle; both [*batch or 1s, 2 * basis]. Returns [*batch, angles].

        Each image meets its own object here; for all images against a few objects see `turned`.
        """
        a, b = coefficients.chunk(2, dim=-1)
        c, s = projections.chunk(2, dim=-1)
        even, odd = (a * c + b * s) @ self.by_order, (a * s - b * c) @ self.by_order
        return torch.cat([even, odd], dim=-1) @ self.waves

    def turned(self, coefficients: Tensor, angles: slice = slice(None)) -> Tensor:
        """Turn objects to every angle, or to some: coefficients [*batch, 2 * basis] to [*batch, angles, 2 * basis]."""
        cosine, sine = self.waves[:, angles].T.chunk(2, dim=-1)
        cosine, sine = cosine[:, self.orders], sine[:, self.orders]
        a, b = coefficients[..., None, :].chunk(2, dim=-1)
        return torch.cat([a * cosine - b * sine, a * sine + b * cosine], dim=-1)

    def of_parity(self, parity: int) -> Tensor:
        """Indices of the functions, cosines and sines, of even (0) or of odd (1) angular order."""
        return torch.nonzero(self.orders.repeat(2) % 2 == parity)[:, 0]


def turn(coefficients: Tensor, orders: Tensor, angle_rad: Tensor) -> Tensor:
    """Turn objects, or projections of images, counter-clockwise: [*batch, 2 * basis] by angles [*batch]."""
    phase = orders * angle_rad[..., None]
    a, b = coefficients.chunk(2, dim=-1)
    return torch.cat([a * phase.cos() - b * phase.sin(), a * phase.sin() + b * phase.cos()], dim=-1)
