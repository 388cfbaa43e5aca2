"""How far poses lie from the truth, with what a model is free to choose, the gauge, removed.

A model may draw a class at any angle and off its centre: it then reads every angle with the same offset, and every
shift with an offset that turns with the object. Both are removed class by class. Angles are counter-clockwise; x points
right, y up.
"""

from collections.abc import Mapping, Sequence

import numpy as np

FULL_TURN_DEG = 360.0
SUIT_PERIOD_DEG: Mapping[str, float] = {"diamonds": 180.0}
"""Turns, in degrees, that leave an object as it is; classes that are not named have none but the full turn."""


def polar_angle_deg(factors: Mapping[str, np.ndarray]) -> np.ndarray:
    """Give the turn [n], in degrees, that shears in x and y hold: the rotation of their polar decomposition.

    factors: shear_x_deg and shear_y_deg, each [n]. An object's angle is its rotation factor plus this turn.
    """
    x, y = (np.tan(np.deg2rad(factors[name])) for name in ("shear_x_deg", "shear_y_deg"))
    return np.rad2deg(np.arctan2(y - x, 2 + x * y))


def angle_errors(found_deg: np.ndarray, true_deg: np.ndarray, period_deg: float = FULL_TURN_DEG) -> np.ndarray:
    """Give the absolute angle errors [n], in degrees, of one class: modulo its symmetry, its mean error removed.

    found_deg, true_deg: [n] degrees; period_deg: the least turn that leaves the object as it is.
    """
    offset_deg = angle_offset(found_deg, true_deg, period_deg)
    turns = np.exp(2j * np.pi * (found_deg - true_deg - offset_deg) / period_deg)
    return np.abs(np.angle(turns)) * period_deg / (2 * np.pi)


def angle_offset(found_deg: np.ndarray, true_deg: np.ndarray, period_deg: float = FULL_TURN_DEG) -> float:
    """Give the mean error, degrees, of one class's angles: the angle that a model draws it at (see angle_errors)."""
    turns = np.exp(2j * np.pi * (found_deg - true_deg) / period_deg)
    return float(np.angle(turns.mean()) * period_deg / (2 * np.pi))


def angle_errors_by_class(
    found_deg: np.ndarray,
    true_deg: np.ndarray,
    truth: np.ndarray,
    class_names: Sequence[str],
    period_deg: Mapping[str, float] = SUIT_PERIOD_DEG,
) -> np.ndarray:
    """Give the absolute angle errors [n], in degrees, each class with its own gauge and symmetry.

    found_deg, true_deg: [n] degrees; truth: [n] numbers of the classes; period_deg: by class name, see angle_errors.
    """
    errors = np.zeros(len(truth))
    for k in np.unique(truth):
        own = truth == k
        errors[own] = angle_errors(found_deg[own], true_deg[own], period_deg.get(class_names[k], FULL_TURN_DEG))
    return errors


def without_gauge(error: np.ndarray, angle_deg: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Remove from shift errors [n, 2], in any unit, each class's own centre, which turns with the object.

    angle_deg: [n] degrees, as found; truth: [n] numbers of the classes.
    """
    turn = np.exp(1j * np.deg2rad(angle_deg))
    offset = error[:, 0] + 1j * error[:, 1]
    for k in np.unique(truth):
        own = truth == k
        offset[own] -= turn[own] * (offset[own] / turn[own]).mean()
    return np.stack([offset.real, offset.imag], axis=1)


def shift_errors(found: np.ndarray, true: np.ndarray, angle_deg: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give the lengths [n] of the shift errors, gauge removed, in the unit of the shifts found and true, both [n, 2].

    angle_deg: [n] degrees, as found; truth: [n] numbers of the classes.
    """
    return np.linalg.norm(without_gauge(found - true, angle_deg, truth), axis=1)
