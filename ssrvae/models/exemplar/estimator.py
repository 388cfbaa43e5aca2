"""The exemplar model as an estimator: a Gaussian process on distances to the labelled objects, each turned to fit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn

from datagen.contract import UNLABELLED
from ssrvae.models.exemplar.alignment import Alignment, align
from ssrvae.models.exemplar.gaussian_process import fit_sharpness, probabilities, regress
from ssrvae.models.exemplar.polar_fields import edge_fields, grey_fields, object_maps
from ssrvae.models.image_estimator import DEVICES, ImageEstimator
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.parameters import FLAG, POSITIVE, RANDOM_STATE, VERBOSITY, Rule, one_of

CHUNK = 256
"""Images whose fields are held at a time."""
CLOSEST = 1e-6
"""A squared distance below this is that of an object to itself."""


class NearestExemplars(NamedTuple):
    """Of each of n images the labelled object that it fits best, by its edges.

    exemplar [n], among the labelled images in the order of the fit; angle_rad [n], by which that object is turned
    counter-clockwise to fit; is_mirrored [n], whether it is mirrored left to right before; distance [n], in medians of
    the squared distances between labelled objects.
    """

    exemplar: np.ndarray
    angle_rad: np.ndarray
    is_mirrored: np.ndarray
    distance: np.ndarray


@dataclass(kw_only=True, eq=False, repr=False)
class ExemplarClassifier(MostProbableClassifier, ImageEstimator):
    """Classifier of images of one object at any angle, by the labelled objects that it fits best.

    Two objects are compared when turned to fit each other, in three ways: by edges at the size that they have, by edges
    at one size, and by grey values. Each is a kernel exp(-width d^2 / m), m being the median of d^2 between labelled
    objects, and a Gaussian process on the mean of the three gives the class. Probabilities are sharpened until the
    labels are likeliest, each left out. There is no training, and labelled objects may lie at any angle.
    `fit(X, y)` takes y = -1 for unlabelled images, from which it learns nothing.

    Parameters
    ----------
    mirrors: whether an object and its mirror image are the same; False for letters and digits.
    width: of the kernels; larger values look at the nearest objects only.
    noise: variance of the class indicators of labelled objects.
    device: "cpu", "cuda" or "auto".

    Fitted: classes_, exemplars_ (the labelled images [n, pixels]), labels_ [n] (indices of classes), medians_ [3],
    weights_ [n, K], sharpness_, left_out_ [n, K] (probabilities of each labelled image from all others: cross-validated
    by leaving one out), n_features_in_.
    """

    exemplars_: np.ndarray = field(init=False)
    labels_: np.ndarray = field(init=False)

    rules: ClassVar[dict[str, Rule]] = {
        "mirrors": FLAG,
        "width": POSITIVE,
        "noise": POSITIVE,
        "device": one_of(DEVICES),
        "verbose": VERBOSITY,
        "random_state": RANDOM_STATE,
    }

    mirrors: bool = True
    width: float = 2.0
    noise: float = 0.05
    device: str = "cpu"
    verbose: int = 0
    random_state: Any = None

    def fit(self, X: Any, y: Any) -> Self:
        """Keep the labelled images of X [n, pixels] or [n, side, side] in [0, 1]; y [n], -1 for unlabelled.

        Raises InputError for a bad parameter, image or label.
        """
        with self._fitting():
            images, labels = self._begin_labelled(X, y)
            labelled = labels != UNLABELLED
            self.exemplars_, self.labels_ = images[labelled], labels[labelled]
            squared = self._squared_distances(torch.from_numpy(self.exemplars_).to(self._device()))
            self.medians_ = np.array([_median_apart(each) for each in squared])
            found = regress(self._kernel(squared), self.labels_, len(self.classes_), self.noise)
            self.weights_ = found.weights
            self.sharpness_ = fit_sharpness(found.left_out, self.labels_)
            self.left_out_ = probabilities(found.left_out, self.sharpness_)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images [n, pixels] or [n, side, side]: probabilities [n, classes]."""
        squared = self._squared_distances(self._check_fitted_images(X))
        return probabilities(self._kernel(squared) @ self.weights_, self.sharpness_)

    def nearest(self, X: Any) -> NearestExemplars:
        """Find the labelled object that each image [n, pixels] or [n, side, side] fits best, and how it is turned."""
        edges = [next(views) for views in self._alignments(self._check_fitted_images(X))]
        best = [each.squared_distance.argmin(1, keepdim=True) for each in edges]

        def chosen(name: str) -> np.ndarray:
            parts = [getattr(each, name).gather(1, index)[:, 0] for each, index in zip(edges, best, strict=True)]
            return torch.cat(parts).cpu().numpy()

        index = torch.cat(best)[:, 0].cpu().numpy()
        distance = chosen("squared_distance") / self.medians_[0]
        return NearestExemplars(index, chosen("angle_rad"), chosen("is_mirrored"), distance)

    def build_networks(self, n_pixels: int, n_classes: int) -> dict[str, nn.Module]:
        """Build no network: the labelled images are the model."""
        return {}

    def _squared_distances(self, images: Tensor) -> np.ndarray:
        """Compare images [n, pixels] with the exemplars in each view: [3, n, m] float64."""
        parts = [[view.squared_distance for view in views] for views in self._alignments(images)]
        return torch.cat([torch.stack(part) for part in parts], dim=1).cpu().double().numpy()

    def _alignments(self, images: Tensor) -> Iterator[Iterator[Alignment]]:
        """Align images [n, pixels] with the exemplars, a chunk at a time, a view at a time."""
        exemplars = list(self._views(torch.from_numpy(self.exemplars_).to(images.device)))
        for chunk in images.split(CHUNK):
            yield (align(seen, known, self.mirrors) for seen, known in zip(self._views(chunk), exemplars, strict=True))

    def _views(self, images: Tensor) -> Iterator[Tensor]:
        """Give the polar fields of images [n, pixels]: edges at the object's size, edges at one size, grey values."""
        side = math.isqrt(images.shape[1])
        objects = object_maps(images.unflatten(1, (side, side)))
        whole = torch.full_like(objects.radius_px, side / 2)
        yield edge_fields(objects, whole)
        yield edge_fields(objects, objects.radius_px)
        yield grey_fields(objects, whole)

    def _kernel(self, squared: np.ndarray) -> np.ndarray:
        """Turn squared distances [3, n, m] into the kernel [n, m]."""
        return np.exp(-self.width * squared / self.medians_[:, None, None]).mean(axis=0)


def _median_apart(squared: np.ndarray) -> float:
    """Give the median of the squared distances between objects that differ; 1 where none do."""
    apart = squared[squared > CLOSEST]
    return float(np.median(apart)) if len(apart) else 1.0
