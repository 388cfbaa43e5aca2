"""FixMatch: what the network is sure of in one view of an unlabelled image is its label in a harder view."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from datagen.contract import UNLABELLED
from ssrvae.models.baselines.network_classifier import NetworkClassifier
from ssrvae.models.moved_images import moved_loss, view
from ssrvae.models.parameters import NOT_NEGATIVE, Rule, number, whole


@dataclass(kw_only=True, eq=False, repr=False)
class FixMatchClassifier(NetworkClassifier):
    """Semi-supervised classifier of square images by pseudo-labels and consistency: FixMatch.

    The loss of a step is that of labelled images in a weak view, turned and shifted, and

        unlabelled_weight * mean_u 1[max_k p_k(weak view of u) >= threshold] CE(argmax_k p_k, p(strong view of u)).

    The strong view is turned and shifted as well, and sheared, scaled, noisy and cut out. `fit(X, y)` takes y = -1 for
    unlabelled images. Without any it is `AugmentedClassifier`. Source: Sohn et al. 2020, arXiv:2001.07685, equations 3
    and 4. Steps, optimiser and views are this project's, the same for its other networks, and weights are not averaged:
    the learning rate falls to 0.

    Parameters are those of `AugmentedClassifier`, where noise is that of the strong view alone, and:

    threshold: probability from which the class of a weak view is believed.
    unlabelled_weight: on the loss of unlabelled images.
    unlabelled_ratio: unlabelled images a step, for each of the `batch_size` labelled ones.
    shear_deg: the strong view is sheared by up to this in x and y,
    scale: scaled by up to this factor or its inverse,
    cutout: and a square of it is black, up to so many sides wide.

    Fitted: model_, classes_, history_ (one dict an epoch of 50 steps), n_features_in_.
    """

    rules: ClassVar[dict[str, Rule]] = NetworkClassifier.rules | {
        "threshold": number("in [0, 1]", lambda value: 0 <= value <= 1),
        "unlabelled_weight": NOT_NEGATIVE,
        "unlabelled_ratio": whole(1),
        "shear_deg": number("in [0, 90)", lambda value: 0 <= value < 90),
        "scale": number("of at least 1", lambda value: value >= 1),
        "cutout": number("in [0, 1], in sides", lambda value: 0 <= value <= 1),
    }

    network: str = "cnn"
    noise_sd: float = 0.1
    batch_size: int = 64
    threshold: float = 0.95
    unlabelled_weight: float = 1.0
    unlabelled_ratio: int = 2
    shear_deg: float = 10.0
    scale: float = 1.1
    cutout: float = 0.3

    def batch_loss(self, images: Tensor, labels: Tensor) -> Callable[[], Tensor]:
        """Make the loss of a batch of labelled images and one of unlabelled images."""
        strong = self._moves()._replace(
            shear_rad=math.radians(self.shear_deg), log_scale=math.log(self.scale), cutout=self.cutout
        )
        weak = self._moves()._replace(noise_sd=0.0)
        labelled, unlabelled = labels != UNLABELLED, images[labels == UNLABELLED]
        supervised = moved_loss(self.model_, images[labelled], labels[labelled], weak, self.batch_size)

        def loss() -> Tensor:
            batch = unlabelled[torch.randint(len(unlabelled), (self.unlabelled_ratio * self.batch_size,))]
            with torch.no_grad():
                probability, pseudo_label = self.model_(view(batch, weak)).softmax(-1).max(-1)
            believed = probability >= self.threshold
            unsupervised = F.cross_entropy(self.model_(view(batch, strong)), pseudo_label, reduction="none")
            return supervised() + self.unlabelled_weight * (believed * unsupervised).mean()

        return loss if len(unlabelled) else supervised
