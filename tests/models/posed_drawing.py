"""A check that estimators which draw an object at a pose share."""

import numpy as np

from ssrvae.models.geometry import PoseEstimate


def assert_a_quarter_turn_turns_the_drawing(fitted, label, atol):
    """Draw a class upright and at 90 degrees: the one is the other, turned counter-clockwise."""
    style = np.zeros((1, fitted.n_style))
    quarter = PoseEstimate(np.array([np.pi / 2]), np.zeros((1, 2)), np.ones(1))
    upright = fitted.decode(style, label)
    np.testing.assert_allclose(fitted.decode(style, label, quarter), np.rot90(upright, axes=(1, 2)), atol=atol)
