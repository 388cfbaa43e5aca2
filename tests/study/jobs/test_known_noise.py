"""The posterior of the angle given the noise, against brute force, limits and known symmetries."""

import numpy as np
import pytest

from datagen.affine import warp
from datagen.cards.templates import load_templates
from datagen.corruption import add_noise
from ssrvae.models.geometry import PoseEstimate
from ssrvae.study.jobs.known_noise import LARGEST_SHIFT, known_noise_posterior

SIZE = 20
SUITS = ("clubs", "spades", "hearts", "diamonds")
ANGLES_RAD = np.deg2rad(np.arange(0, 360, 10))


def draw(suit: int, angle_rad: np.ndarray, shift: np.ndarray) -> np.ndarray:
    zeros = np.zeros(len(angle_rad))
    factors = dict.fromkeys(("shear_x_deg", "shear_y_deg"), zeros) | {"scale": zeros + 1.2}
    factors |= {"rotation_deg": np.rad2deg(angle_rad), "shift_x": shift[:, 0], "shift_y": shift[:, 1]}
    return warp(load_templates(None, SIZE).images, np.full(len(angle_rad), suit), factors, SIZE)


class Suit:
    """Knows the class, and draws it."""

    def __init__(self, suit: int) -> None:
        self.suit = suit

    def predict(self, images):
        return np.full(len(images), self.suit)

    def transform(self, images):
        return np.zeros((len(images), 1))

    def pose(self, images):
        return PoseEstimate(np.zeros(len(images)), np.zeros((len(images), 2)), np.ones(len(images)))

    def decode(self, style, label, pose):
        return draw(int(label[0]), pose.angle_rad, pose.shift)


def posterior_of(suit: int, image: np.ndarray, noise_sd: float) -> np.ndarray:
    return known_noise_posterior(Suit(suit), image[None], image[None], noise_sd, ANGLES_RAD)[0]


def test_it_is_the_sum_over_all_whole_pixel_shifts():
    rng = np.random.default_rng(0)
    noise_sd = 1.0
    image = add_noise(draw(1, np.array([1.0]), np.array([[0.05, -0.1]])), noise_sd, rng)[0]
    reach = round(LARGEST_SHIFT * SIZE)
    shifts = [(down, right) for down in range(-reach, reach + 1) for right in range(-reach, reach + 1)]
    expected = np.zeros(len(ANGLES_RAD))
    for i, drawn in enumerate(draw(1, ANGLES_RAD, np.zeros((len(ANGLES_RAD), 2)))):
        squares = [((image - np.roll(drawn, shift, axis=(0, 1))) ** 2).sum() for shift in shifts]
        expected[i] = np.exp(-np.array(squares) / (2 * noise_sd**2) + SIZE**2 / 2).sum()
    np.testing.assert_allclose(posterior_of(1, image, noise_sd), expected / expected.sum(), rtol=1e-4)


@pytest.mark.parametrize("suit", range(4))
def test_little_noise_leaves_the_true_angle_and_much_noise_none(suit):
    image = draw(suit, ANGLES_RAD[[7]], np.array([[0.1, -0.05]]))[0]
    certain, flat = posterior_of(suit, image, 0.1), posterior_of(suit, image, 1e4)
    assert certain.argmax() in ((7, 25) if SUITS[suit] == "diamonds" else (7,))
    assert flat == pytest.approx(np.full(36, 1 / 36), rel=1e-4)


def test_a_diamond_has_two_angles_half_a_turn_apart():
    posterior = posterior_of(3, draw(3, ANGLES_RAD[[7]], np.zeros((1, 2)))[0], 0.5)
    assert posterior[[7, 25]] == pytest.approx([0.5, 0.5], abs=0.02)
