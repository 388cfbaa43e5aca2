"""What the plain baselines share: a network that classifies images, fitted to views of them moved at random."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn

from ssrvae.models.geometry import HALF_SIDES
from ssrvae.models.image_estimator import DEVICES, ImageEstimator
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.moved_images import MovedCourse, Moves, train_on_moved
from ssrvae.models.networks import WIDE, StridedConvolutions, mlp
from ssrvae.models.parameters import (
    LESS_THAN_HALF,
    NOT_NEGATIVE,
    POSITIVE,
    RANDOM_STATE,
    VERBOSITY,
    Rule,
    number,
    one_of,
    optional,
    whole,
)
from ssrvae.models.steerable_network import SteerableConvolutions


class Recipe(NamedTuple):
    """A network, built from the side of the images and the number of classes, and what it is trained with."""

    build: Callable[[int, int], nn.Module]
    steps: int
    learning_rate: float


NETWORKS = {
    "mlp": Recipe(lambda side, n_classes: mlp(side**2, WIDE, n_classes), steps=3000, learning_rate=1e-3),
    "cnn": Recipe(StridedConvolutions, steps=1000, learning_rate=3e-3),
    "steerable": Recipe(SteerableConvolutions, steps=500, learning_rate=1e-2),
}
CHUNK = 1024
"""Images classified at a time."""


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkClassifier(MostProbableClassifier, ImageEstimator):
    """Base of the classifiers that are one network; the parameters are described in `AugmentedClassifier`."""

    model_: nn.Module = field(init=False)

    rules: ClassVar[dict[str, Rule]] = {
        "network": one_of(NETWORKS),
        "rotation_deg": number("in [0, 180]", lambda value: 0 <= value <= 180),
        "shift": LESS_THAN_HALF,
        "noise_sd": NOT_NEGATIVE,
        "steps": optional(whole(1)),
        "batch_size": whole(1),
        "learning_rate": optional(POSITIVE),
        "weight_decay": NOT_NEGATIVE,
        "device": one_of(DEVICES),
        "verbose": VERBOSITY,
        "random_state": RANDOM_STATE,
    }

    network: str = "mlp"
    rotation_deg: float = 180.0
    shift: float = 0.1
    noise_sd: float = 0.0
    steps: int | None = None
    batch_size: int = 128
    learning_rate: float | None = None
    weight_decay: float = 1e-2
    device: str = "cpu"
    verbose: int = 0
    random_state: Any = None

    def fit(self, X: Any, y: Any) -> Self:
        """Fit images X [n, pixels] or [n, side, side] in [0, 1]; y [n], -1 for unlabelled.

        Raises InputError for a bad parameter, image or label, DivergenceError when the loss is not finite.
        """
        with self._fitting():
            recipe = self._recipe()
            images, labels = (torch.from_numpy(given).to(self._device()) for given in self._begin_labelled(X, y))
            course = MovedCourse(recipe.steps, recipe.learning_rate, self.weight_decay)
            self.history_ = []
            train_on_moved(self.model_, self.batch_loss(images, labels), course, self._record)
        return self

    def batch_loss(self, images: Tensor, labels: Tensor) -> Callable[[], Tensor]:
        """Make the loss of a batch that is drawn at random from images [n, pixels] with labels [n], -1: unlabelled."""
        raise NotImplementedError

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images [n, pixels] or [n, side, side]: probabilities [n, classes]."""
        images = self._check_fitted_images(X)
        with torch.no_grad():
            return torch.cat([self.model_(chunk).softmax(-1) for chunk in images.split(CHUNK)]).cpu().numpy()

    def build_networks(self, n_pixels: int, n_classes: int) -> dict[str, nn.Module]:
        """Build the network, not yet fitted, of images of so many pixels."""
        return {"model_": NETWORKS[self.network].build(math.isqrt(n_pixels), n_classes).eval().to(self._device())}

    def _moves(self) -> Moves:
        return Moves(math.radians(self.rotation_deg), HALF_SIDES * self.shift, self.noise_sd)

    def _record(self, record: dict[str, float]) -> None:
        self._watch([*self.history_, record], on_epoch=None)

    def _recipe(self) -> Recipe:
        """Fill in the network's own steps and learning rate where none is given."""
        given = {name: getattr(self, name) for name in ("steps", "learning_rate")}
        return NETWORKS[self.network]._replace(**{name: value for name, value in given.items() if value is not None})
