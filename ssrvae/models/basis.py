"""The Fourier-Bessel basis on the disc, in which turning an image by an angle only turns phases."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.special import jn_zeros, jv
from torch import Tensor


class FourierBesselBasis(NamedTuple):
    """Functions J_m(zero r) cos(m t) and J_m(zero r) sin(m t) on the pixels of a square image.

    orders: [basis] angular orders m; cosines, sines: [basis, size * size], zero outside the inscribed disc, their
    radial parts of unit norm; disc: [size * size] bool.
    """

    orders: Tensor
    cosines: Tensor
    sines: Tensor
    disc: Tensor


def fourier_bessel(size: int, band_limit: float, max_order: int) -> FourierBesselBasis:
    """Tabulate the basis of all Bessel zeros up to `band_limit` and angular orders up to `max_order`.

    The functions vanish on the rim of the disc, whose radius is half the side. Source: Zhao and Singer, "Fourier-Bessel
    rotational invariant eigenimages", J. Opt. Soc. Am. A 30, 871 (2013).
    """
    centre = (size - 1) / 2
    row, column = np.mgrid[:size, :size]
    radius = np.hypot(row - centre, column - centre) / (size / 2)
    theta = np.arctan2(centre - row, column - centre)
    disc = radius <= 1
    orders, cosines, sines = [], [], []
    for order, zero in bessel_zeros(band_limit, max_order):
        radial = np.where(disc, jv(order, zero * np.minimum(radius, 1)), 0)
        radial /= np.linalg.norm(radial)
        orders.append(order)
        cosines.append(radial * np.cos(order * theta))
        sines.append(radial * np.sin(order * theta))
    return FourierBesselBasis(torch.tensor(orders), _rows(cosines), _rows(sines), torch.from_numpy(disc.reshape(-1)))


def bessel_zeros(band_limit: float, max_order: int) -> list[tuple[int, float]]:
    """List the orders m up to `max_order` with the positive zeros of J_m up to `band_limit`, order by order."""
    # Zeros of one order lie at least pi apart beyond the first, so band_limit / pi + 1 of them reach the limit.
    count = int(band_limit / np.pi) + 1
    return [(m, zero) for m in range(max_order + 1) for zero in jn_zeros(m, count) if zero <= band_limit]


def _rows(images: list[np.ndarray]) -> Tensor:
    return torch.tensor(np.stack(images).reshape(len(images), -1), dtype=torch.float32)
