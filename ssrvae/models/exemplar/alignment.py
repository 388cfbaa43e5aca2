"""Distances between objects turned to fit each other.

A turn is a cyclic shift of polar fields (`polar_fields.py`), so all angles at once are one product for each order of
the Fourier series along the angle, and one transform back:

    |a - turned b|^2 = |a|^2 + |b|^2 - 2 <a, turned b>,
    <a, b turned by phi> = Re sum_m exp(i m phi) sum_q a_mq conj(b_mq).

Three things make it fast. Channels that change sign in a mirror are multiplied by i, so mirroring conjugates b_mq up to
the sign of order m, and four real products give both. Of each order only the principal axes of the exemplars are kept,
as many as a stated loss allows: what lies across them has no part in any product. Even orders E repeat after half a
turn, odd ones O change sign, so the best of two opposite angles is E + |O|.
Source: Haasdonk and Burkhardt 2007, Invariant kernel functions for pattern analysis, doi:10.1007/s10994-007-5009-7.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from ssrvae.models.exemplar.polar_fields import N_ANGLES, odd_channels

LOSS = 0.01
"""Share of the exemplars' sum of squares that products may leave out."""
CHUNK_PAIRS = 4_000
"""Pairs whose products at all orders are held at a time: they stay in cache."""


class Turnable(NamedTuple):
    """Exemplars ready to be turned: m of them, K orders, the even ones first, and Q axes each.

    orders [K]; axes [K, channels * radii, Q]; coordinates [K, Q, 2 * m], real parts beside imaginary ones; square [m],
    the fields' sums of squares; mirrors, whether mirror images count as well.
    """

    orders: Tensor
    axes: Tensor
    coordinates: Tensor
    square: Tensor
    mirrors: bool


class Alignment(NamedTuple):
    """How objects fit exemplars best: [n, m] each.

    squared_distance; angle_rad, by which the exemplar is turned counter-clockwise to fit the object; is_mirrored,
    whether it is mirrored left to right before that.
    """

    squared_distance: Tensor
    angle_rad: Tensor
    is_mirrored: Tensor


def turnable(exemplars: Tensor, mirrors: bool, loss: float = LOSS) -> Turnable:
    """Expand fields of exemplars [m, channels, radii, angles], less what a share `loss` of their squares hides in.

    Half of the loss goes to the highest orders, half to the axes of the others.
    """
    every_order = torch.arange(N_ANGLES // 2 + 1, device=exemplars.device)
    expanded = _spectra(exemplars, every_order)
    power = expanded.square().sum((1, 2, 3))
    every_order = every_order[: _needed(power, loss / 2 * power.sum())]
    orders = torch.cat([every_order[::2], every_order[1::2]])
    expanded = expanded[orders]
    rows = expanded.flatten(1, 2)
    found, axes = torch.linalg.eigh(rows.mT @ rows)
    n_axes = _needed(found.sum(0).flip(0), loss / 2 * power.sum())
    axes = axes.flip(2)[:, :, :n_axes].contiguous()
    coordinates = (expanded @ axes[:, None]).permute(0, 3, 1, 2).flatten(2)
    return Turnable(orders, axes, coordinates.contiguous(), _square(exemplars), mirrors)


def squared_distances(objects: Tensor, exemplars: Turnable) -> Tensor:
    """Align fields of objects [n, ...] with exemplars, or with their mirror images where these fit better: [n, m]."""
    best = [(even + odd.abs()).amax((0, 1)) for even, odd in _products(objects, exemplars)]
    return _apart(objects, exemplars, torch.cat(best))


def align(objects: Tensor, exemplars: Turnable) -> Alignment:
    """Find distances as `squared_distances` does, and how each exemplar lies where it fits best."""
    half_turn = N_ANGLES // 2
    products, mirrored, shifts = [], [], []
    for even, odd in _products(objects, exemplars):
        best = (even + odd.abs()).flatten(0, 1).max(dim=0)
        is_mirrored = best.indices >= half_turn
        is_opposite = (odd.flatten(0, 1).gather(0, best.indices[None])[0] < 0) != is_mirrored
        products.append(best.values)
        mirrored.append(is_mirrored)
        shifts.append(best.indices % half_turn + half_turn * is_opposite)
    # Angles of fields run clockwise, y being downwards.
    turn = -torch.cat(shifts) * (2 * math.pi / N_ANGLES)
    angle_rad = torch.remainder(turn + math.pi, 2 * math.pi) - math.pi
    return Alignment(_apart(objects, exemplars, torch.cat(products)), angle_rad, torch.cat(mirrored))


def _products(objects: Tensor, exemplars: Turnable) -> Iterator[tuple[Tensor, Tensor]]:
    """Multiply fields of objects by exemplars at half of the angles: what even and what odd orders make of it.

    A chunk of n objects at a time: [1 or 2, N_ANGLES / 2, n, m] each, second exemplars mirrored about the first ray:
    those mirrored left to right, turned by half a turn.
    """
    n_even = int((exemplars.orders % 2 == 0).sum())
    waves = _waves(exemplars.orders, N_ANGLES // 2)
    halves = [(part, waves[part].flatten(0, 1).T) for part in (slice(n_even), slice(n_even, None))]
    step = max(1, CHUNK_PAIRS // len(exemplars.square))
    for chunk in _spectra(objects, exemplars.orders).split(step, dim=2):
        product = torch.bmm(torch.bmm(chunk.flatten(1, 2), exemplars.axes), exemplars.coordinates)
        terms = _terms(product.unflatten(2, (2, -1)).unflatten(1, (2, -1)), exemplars.mirrors)
        even, odd = (
            (of_angle @ terms[part].flatten(0, 1).flatten(1)).unflatten(1, terms.shape[2:]) for part, of_angle in halves
        )
        yield even.transpose(0, 1), odd.transpose(0, 1)


def _terms(product: Tensor, mirrors: bool) -> Tensor:
    """Multiply complex numbers by conjugates, and if mirrors count, second, by the numbers themselves.

    product [K, 2, n, 2, m]: real and imaginary parts by real and imaginary parts. Returns [K, 2, 1 or 2, n, m], real
    and imaginary.
    """
    real, imaginary = product[:, 0, :, 0], product[:, 1, :, 1]
    real_by_imaginary, imaginary_by_real = product[:, 0, :, 1], product[:, 1, :, 0]
    terms = product.new_empty(len(product), 2, 1 + mirrors, *real.shape[1:])
    torch.sub(imaginary_by_real, real_by_imaginary, out=terms[:, 1, 0])
    torch.add(real, imaginary, out=terms[:, 0, 0])
    if mirrors:
        torch.sub(real, imaginary, out=terms[:, 0, 1])
        torch.add(imaginary_by_real, real_by_imaginary, out=terms[:, 1, 1])
    return terms


def _spectra(fields: Tensor, orders: Tensor) -> Tensor:
    """Expand fields [n, channels, radii, angles] along the angle: [orders, 2, n, channels * radii], real, imaginary.

    Scaled so that products of fields are sums over orders; channels that change sign in a mirror are multiplied by i.
    """
    once = ((orders == 0) | (orders == N_ANGLES // 2)).float()
    waves = _waves(orders, N_ANGLES) * ((2 - once) / N_ANGLES).sqrt()[:, None, None]
    turned = torch.stack([-waves[:, 1], waves[:, 0]], dim=1)
    n_odd = odd_channels(fields.shape[1])
    even, odd = fields.split([fields.shape[1] - n_odd, n_odd], dim=1)
    parts = [
        torch.matmul(waves_of.flatten(0, 1), part.flatten(1, 2).mT) for waves_of, part in ((waves, even), (turned, odd))
    ]
    return torch.cat(parts, dim=2).unflatten(1, (-1, 2)).permute(1, 2, 0, 3).contiguous()


def _waves(orders: Tensor, n_angles: int) -> Tensor:
    """Give the real and imaginary parts of exp(-i m phi), at the first of N_ANGLES angles: [orders, 2, n_angles]."""
    phase = orders[:, None] * torch.arange(n_angles, device=orders.device) * (2 * math.pi / N_ANGLES)
    return torch.stack([torch.cos(phase), -torch.sin(phase)], dim=1)


def _needed(power: Tensor, loss: Tensor) -> int:
    """Count the leading ones of non-negative values that leave at most a loss to the others."""
    left = power.flip(0).clamp_min(0).cumsum(0).flip(0)
    return max(1, int((left > loss).sum()))


def _square(fields: Tensor) -> Tensor:
    return fields.square().sum((1, 2, 3))


def _apart(objects: Tensor, exemplars: Turnable, product: Tensor) -> Tensor:
    return (_square(objects)[:, None] + exemplars.square - 2 * product).clamp_min(0)
