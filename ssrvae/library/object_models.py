"""The models that objects can be learnt by, and what the library asks of each of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

import ssrvae
from datagen.errors import InputError
from ssrvae.base.suggestions import suggest

if TYPE_CHECKING:
    from ssrvae.models.image_estimator import OnEpoch
    from ssrvae.models.image_readings import ImageReadings
    from ssrvae.models.left_out import LeftOut

MODELS = {"exemplar": "ExemplarClassifier", "marginal": "MarginalPoseClassifier"}
"""By the name in the settings: the estimator's name in `ssrvae`. The first is the default."""
AUTO = "auto"
"""Whichever of MODELS classifies more of the labels that it has not seen."""
DEFAULTS = {"random_state": 0}


class ObjectModel(Protocol):
    """A classifier of objects at any angle, as the library uses it."""

    classes_: np.ndarray

    @property
    def side_px(self) -> int:
        """The side of the images that were fitted."""

    @property
    def n_epochs(self) -> int:
        """How often a fit tells `on_epoch` of its progress, at most."""

    def fit(self, X: Any, y: Any, on_epoch: "OnEpoch | None" = None) -> Self:
        """Fit labelled and unlabelled (y = -1) images."""

    def readings(self, X: Any) -> "ImageReadings":
        """Read class, familiarity, pose and style of images."""

    def left_out(self, X: Any, y: Any) -> "LeftOut":
        """Classify the labelled ones of the images that were fitted, each by what was fitted without it."""

    def save(self, path: str | Path) -> None:
        """Write what was fitted to one file."""


def make_model(name: str, parameters: Mapping[str, Any]) -> ObjectModel:
    """Make a model of MODELS; raises InputError naming a parameter that is unknown or cannot be."""
    made = getattr(ssrvae, MODELS[name])
    allowed = made().get_params()
    for key in parameters:
        if key not in allowed:
            raise InputError(f"unknown key {key!r}; {suggest(key, allowed)}")
    model = made(**parameters)
    model.check_parameters()
    return model
