"""What a model of objects reads in images, whatever the model: the library is written from it."""

from typing import NamedTuple

import numpy as np


class ImageReadings(NamedTuple):
    """Readings of n images under their most probable classes.

    probabilities [n, classes]; familiarity [n], as `score_samples`; stranger [n]: fits no class; angle_rad [n]
    counter-clockwise; shift [n, 2] in sides, x right, y up; style [n, n_style], the place of each in its class.
    """

    probabilities: np.ndarray
    familiarity: np.ndarray
    stranger: np.ndarray
    angle_rad: np.ndarray
    shift: np.ndarray
    style: np.ndarray
