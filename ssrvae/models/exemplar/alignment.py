"""Distances between objects turned to fit each other.

A turn is a cyclic shift of polar fields (`polar_fields.py`), so all angles at once are one product for each order of
the Fourier series along the angle, and one transform back:

    |a - turned b|^2 = |a|^2 + |b|^2 - 2 <a, turned b>,
    <a, b turned by phi> = sum_m exp(i m phi) sum_q a_mq conj(b_mq).

Source: Haasdonk and Burkhardt 2007, Invariant kernel functions for pattern analysis, doi:10.1007/s10994-007-5009-7.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ssrvae.models.exemplar.polar_fields import N_ANGLES, mirrored

CHUNK_PRODUCTS = 300_000
"""Products of pairs and orders at a time, which stay in cache."""


class Spectra(NamedTuple):
    """Fields [n, channels, radii, angles] as Fourier series along the angle.

    orders [N_ANGLES // 2 + 1, n, channels * radii] complex, scaled so that products of fields are sums of products of
    orders, those between the first and the last counted once for both signs; square [n], the fields' sums of squares.
    """

    orders: Tensor
    square: Tensor


class Alignment(NamedTuple):
    """How objects fit exemplars best: [n, m] each.

    squared_distance; angle_rad, by which the exemplar is turned counter-clockwise to fit the object; is_mirrored,
    whether it is mirrored left to right before that.
    """

    squared_distance: Tensor
    angle_rad: Tensor
    is_mirrored: Tensor


def spectra(fields: Tensor) -> Spectra:
    """Expand fields along the angle."""
    orders = torch.fft.rfft(fields, dim=-1, norm="ortho")
    orders[..., 1:-1] *= math.sqrt(2)
    return Spectra(orders.permute(3, 0, 1, 2).flatten(2).contiguous(), fields.square().sum((1, 2, 3)))


def turnable(exemplars: Tensor, mirrors: bool) -> tuple[Spectra, ...]:
    """Expand fields of exemplars [m, ...], and those of their mirror images if asked to, for `align`."""
    return tuple(spectra(fields) for fields in ([exemplars, mirrored(exemplars)] if mirrors else [exemplars]))


def align(objects: Tensor, exemplars: tuple[Spectra, ...]) -> Alignment:
    """Align fields of objects [n, ...] with exemplars [m], whichever of them and their mirror images fits better."""
    seen = spectra(objects)
    product, shift = _best_turn(seen, exemplars[0])
    is_mirrored = torch.zeros_like(shift, dtype=torch.bool)
    for mirror_images in exemplars[1:]:
        turned, shift_of_mirrored = _best_turn(seen, mirror_images)
        is_mirrored = turned > product
        product = torch.where(is_mirrored, turned, product)
        shift = torch.where(is_mirrored, shift_of_mirrored, shift)
    squared = (seen.square[:, None] + exemplars[0].square - 2 * product).clamp_min(0)
    # Angles of fields run clockwise, y being downwards.
    turn = -shift * (2 * math.pi / N_ANGLES)
    return Alignment(squared, torch.remainder(turn + math.pi, 2 * math.pi) - math.pi, is_mirrored)


def _best_turn(objects: Spectra, exemplars: Spectra) -> tuple[Tensor, Tensor]:
    """Find the turn of each exemplar that fits each object best: products and shifts along the angle, [n, m] each."""
    n_orders = len(objects.orders)
    conjugate = exemplars.orders.conj().transpose(1, 2).resolve_conj()
    once = torch.full((n_orders, 1, 1), 0.5, device=conjugate.device)
    once[0] = once[-1] = 1.0
    step = max(1, CHUNK_PRODUCTS // (n_orders * conjugate.shape[2]))
    best = [
        torch.fft.irfft((torch.bmm(chunk, conjugate) * once).permute(1, 2, 0), n=N_ANGLES).max(dim=-1)
        for chunk in objects.orders.split(step, dim=1)
    ]
    return N_ANGLES * torch.cat([each.values for each in best]), torch.cat([each.indices for each in best])
