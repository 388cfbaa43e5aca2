"""Objects in the Fourier-Bessel basis, where a turn is a phase, and what of them no turn changes.

Turned counter-clockwise by phi, an object's coefficient a_mq of angular order m becomes exp(-i m phi) a_mq. So |a_mq|
stays, and so does a product a_mq conj(a_mq') of two of one order.
Source: Zhao and Singer 2014, Rotationally invariant image representation for viewing direction classification in
cryo-EM, doi:10.1016/j.jsb.2014.03.003.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ssrvae.models.baselines.image_features import ImageFeatures
from ssrvae.models.baselines.normalised_pose import centred
from ssrvae.models.basis import bessel_zeros, fourier_bessel
from ssrvae.models.marginal.pose_grid import resolution_for

REACH = 2
"""Coefficients of one order are multiplied with this many of the next higher radial ones."""
_SMALLEST = 1e-6


def coefficients(images: np.ndarray) -> np.ndarray:
    """Centre images [n, side, side] and expand them: complex128 [n, basis], of the angular orders `orders`.

    The distance of two objects is that of their coefficients, orders above 0 standing for both signs.
    """
    return centred(images).reshape(len(images), -1) @ _conjugate_basis(images.shape[-1])


def orders(side: int) -> np.ndarray:
    """List the angular orders of the coefficients of images of a side: [basis], ascending."""
    return np.array([order for order, _ in bessel_zeros(*resolution_for(side))])


@lru_cache(maxsize=4)
def _conjugate_basis(side: int) -> np.ndarray:
    """Tabulate the conjugate functions, complex128 [side * side, basis], of unit norm when both signs are counted."""
    basis = fourier_bessel(side, *resolution_for(side))
    both_signs = np.where(orders(side) > 0, math.sqrt(2), 1.0)
    return both_signs * (basis.cosines.double() - 1j * basis.sines.double()).numpy().T


class FourierBesselInvariants(ImageFeatures):
    """Transform images to what no turn of their object changes, in the units of their grey values.

    The features are |a_mq|, and real and imaginary parts of a_mq conj(a_mq') over the root of its size. Mirroring an
    object changes the sign of the imaginary parts.
    """

    def _read(self, images: np.ndarray) -> np.ndarray:
        return invariants(coefficients(images), orders(images.shape[-1]))


def invariants(found: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Give the features [n, invariants] of coefficients [n, basis] of angular orders [basis]."""
    return np.concatenate([np.abs(found), *_products(found, order)], axis=1)


def _products(found: np.ndarray, order: np.ndarray) -> Iterator[np.ndarray]:
    for apart in range(1, REACH + 1):
        same = order[apart:] == order[:-apart]
        product = (found[:, apart:] * found[:, :-apart].conj())[:, same]
        damped = product / np.sqrt(np.abs(product) + _SMALLEST)
        yield damped.real
        yield damped.imag[:, order[apart:][same] > 0]
