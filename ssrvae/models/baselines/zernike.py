"""Zernike moments: the sizes of an object's products with the Zernike polynomials, which no turn changes."""

import math
from functools import lru_cache
from typing import ClassVar

import numpy as np
from scipy.special import eval_jacobi

from ssrvae.models.baselines.image_features import ImageFeatures
from ssrvae.models.baselines.normalised_pose import centred
from ssrvae.models.parameters import Rule, whole


class ZernikeMoments(ImageFeatures):
    """Transform images to the Zernike moments of their objects, about their centres of mass.

    |Z_nm| = (n + 1) / pi |sum over pixels of f conj(V_nm)|, m = 0, ..., n, n - m even, on the inscribed disc, where
    the grey values f sum to 1. Those of n < 2 are the same for every centred object, and left out. Source: Khotanzad
    and Hong 1990, Invariant image recognition by Zernike moments, doi:10.1109/34.55109; objects keep their size here.

    Parameters
    ----------
    degree: the highest n.
    """

    rules: ClassVar[dict[str, Rule]] = {"degree": whole(2)}

    def __init__(self, *, degree: int = 12) -> None:
        self.degree = degree

    def _read(self, images: np.ndarray) -> np.ndarray:
        grey = np.maximum(centred(images), 0).reshape(len(images), -1).astype(np.float64)
        disc, functions = _conjugate_polynomials(images.shape[-1], self.degree)
        mass = grey[:, disc].sum(axis=1, keepdims=True)
        return np.abs(np.divide(grey, mass, out=np.zeros_like(grey), where=mass > 0)[:, disc] @ functions)


@lru_cache(maxsize=4)
def _conjugate_polynomials(side: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate (n + 1) / pi conj(V_nm), n = 2, ..., degree: the pixels of the disc [side * side], [disc, polynomials].

    V_nm = R_nm(r) exp(i m t), with R_nm(r) = (-1)^k r^m P_k^(m, 0)(1 - 2 r^2) of k = (n - m) / 2, P being Jacobi's.
    """
    place = (np.arange(side) - (side - 1) / 2) / (side / 2)
    point = (place - 1j * place[:, None]).ravel()
    disc = np.abs(point) <= 1
    radius, angle = np.abs(point[disc]), np.angle(point[disc])
    functions = []
    for n in range(2, degree + 1):
        for m in range(n % 2, n + 1, 2):
            k = (n - m) // 2
            radial = (-1) ** k * radius**m * eval_jacobi(k, m, 0, 1 - 2 * radius**2)
            functions.append((n + 1) / math.pi * radial * np.exp(-1j * m * angle))
    return disc, np.stack(functions, axis=1)
