"""The posterior of an object's angle under pixel noise of a known standard deviation.

With the class y and the style z that a model reads in the clean image, mu(angle) what it draws of them, and noise of
standard deviation s on every pixel of the noisy image x,

    p(angle | x, y, z) ~ sum over shifts of exp(-|x - mu(angle) moved by the shift|^2 / (2 s^2)),

angles and shifts being equally likely beforehand. Shifts are whole pixels, all scored at once by a Fourier transform.
"""

from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

LARGEST_SHIFT = 0.15
"""How far objects may lie off the centre, in sides."""


def known_noise_posterior(
    estimator: Any, clean: np.ndarray, noisy: np.ndarray, noise_sd: float, angles_rad: np.ndarray
) -> np.ndarray:
    """Give the probabilities [n, angles] of angles [angles], radians, of the objects in noisy images [n, side, side].

    Class and style are read in `clean`, the same images without noise. The estimator has `predict`, `transform`, `pose`
    and `decode`; noise_sd > 0 is in grey values.
    """
    flat, n_angles = clean.reshape(len(clean), -1), len(angles_rad)
    labels, styles, poses = estimator.predict(flat), estimator.transform(flat), estimator.pose(flat)
    posteriors = np.empty((len(noisy), n_angles))
    for i, image in enumerate(noisy):
        shift, scale = np.zeros((n_angles, 2)), np.repeat(poses.scale[i], n_angles)
        every_angle = poses._replace(angle_rad=angles_rad, shift=shift, scale=scale)
        styles_i, labels_i = np.repeat(styles[i : i + 1], n_angles, axis=0), np.repeat(labels[i], n_angles)
        posteriors[i] = _posterior(image, estimator.decode(styles_i, labels_i, every_angle), noise_sd)
    return posteriors


def _posterior(image: np.ndarray, drawn: np.ndarray, noise_sd: float) -> np.ndarray:
    """Sum the shift out for one image [side, side] and what is drawn at each angle [angles, side, side]: [angles]."""
    side = len(image)
    reach = round(LARGEST_SHIFT * side)
    shifts = np.arange(-reach, reach + 1)
    products = np.fft.irfft2(np.fft.rfft2(image) * np.fft.rfft2(drawn).conj(), s=image.shape)
    powers = (drawn**2).sum(axis=(1, 2))
    scores = (products[:, shifts[:, None], shifts] - powers[:, None, None] / 2) / noise_sd**2
    return softmax(logsumexp(scores, axis=(1, 2)))
