"""The exemplar model as an estimator: a Gaussian process on distances to the labelled objects, each turned to fit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor, nn

from datagen.contract import UNLABELLED
from datagen.errors import InputError
from ssrvae.models.exemplar.alignment import Alignment, align, turnable
from ssrvae.models.exemplar.gaussian_process import regress
from ssrvae.models.exemplar.polar_fields import ObjectMaps, edge_fields, grey_fields, object_maps, taken, whole_radius
from ssrvae.models.exemplar.polar_network import Course, PolarNetwork, Views, log_probabilities, train
from ssrvae.models.exemplar.stacking import Mixture, fit_mixture, fit_sharpness
from ssrvae.models.image_estimator import DEVICES, ImageEstimator
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.parameters import FLAG, POSITIVE, RANDOM_STATE, Rule, number, one_of, whole

CHUNK = 256
"""Images whose fields are held at a time."""
CLOSEST = 1e-6
"""A squared distance below this is that of an object to itself."""
MOST_UNLABELLED = 2000
BATCH_SIZE = 48
LEARNING_RATE = 4e-3


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
    objects, and a Gaussian process on the mean of the three gives the class. Beside it may stand small networks whose
    answer no turn changes, each fitted without one part of the labels. What both say of labels that they have not seen
    decides how much each counts, and how sharp the probabilities are. Labelled objects may lie at any angle.
    `fit(X, y)` takes y = -1 for unlabelled images: networks learn what the Gaussian process makes of them.

    Parameters
    ----------
    mirrors: whether an object and its mirror image are the same; False for letters and digits.
    width: of the kernels; larger values look at the nearest objects only.
    noise: variance of the class indicators of labelled objects.
    networks: how many, at least 2 (a minute each on one core); 0: the Gaussian process alone, which takes seconds and
        learns nothing from unlabelled images.
    steps: of each network's training, one batch each.
    unlabelled_share: of the images of a batch.
    device: "cpu", "cuda" or "auto".

    Fitted: classes_, exemplars_ (the labelled images [n, pixels]), labels_ [n] (indices of classes), medians_ [3],
    weights_ [n, K], factors_ [2] (of the Gaussian process and of the networks), left_out_ [n, K] (probabilities of each
    labelled image by what was fitted without it), network_0_ and so on, n_features_in_.
    """

    exemplars_: np.ndarray = field(init=False)
    labels_: np.ndarray = field(init=False)

    rules: ClassVar[dict[str, Rule]] = {
        "mirrors": FLAG,
        "width": POSITIVE,
        "noise": POSITIVE,
        "networks": Rule("0, or a whole number, at least 2", lambda value: whole(0).allows(value) and value != 1),
        "steps": whole(10),
        "unlabelled_share": number("in [0, 1)", lambda value: 0 <= value < 1),
        "device": one_of(DEVICES),
        "random_state": RANDOM_STATE,
    }

    mirrors: bool = True
    width: float = 2.0
    noise: float = 0.05
    networks: int = 0
    steps: int = 300
    unlabelled_share: float = 0.4
    device: str = "cpu"
    random_state: Any = None

    def fit(self, X: Any, y: Any) -> Self:
        """Fit labelled and unlabelled images X [n, pixels] or [n, side, side] in [0, 1]; y [n], -1 for unlabelled.

        Raises InputError for a bad parameter, image or label, DivergenceError when a network's loss is not finite.
        """
        with self._fitting():
            images, labels = self._begin_labelled(X, y)
            labelled = labels != UNLABELLED
            self.exemplars_, self.labels_ = images[labelled], labels[labelled]
            known = torch.from_numpy(self.exemplars_).to(self._device())
            squared = self._squared_distances(known)
            self.medians_ = np.array([_median_apart(each) for each in squared])
            kernel = self._kernel(squared)
            found = regress(kernel, self.labels_, len(self.classes_), self.noise)
            self.weights_ = found.weights
            if self.networks:
                if len(known) == 1:
                    raise InputError("networks need two labelled images, of which one is left out; this fit has one")
                seen = self._fit_networks(known, kernel, images[~labelled])
                mixture = fit_mixture(found.left_out, seen, self.labels_)
            else:
                seen, mixture = np.zeros_like(found.left_out), fit_sharpness(found.left_out, self.labels_)
            self.factors_ = np.array(mixture)
            self.left_out_ = mixture.probabilities(found.left_out, seen)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images [n, pixels] or [n, side, side]: probabilities [n, classes]."""
        images = self._check_fitted_images(X)
        scores = self._kernel(self._squared_distances(images)) @ self.weights_
        seen = [self._log_probabilities(network, images) for network in self._networks()]
        return Mixture(*self.factors_).probabilities(scores, np.mean(seen, axis=0) if seen else np.zeros_like(scores))

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
        """Build the networks, not yet fitted."""
        return {f"network_{i}_": PolarNetwork(n_classes).to(self._device()).eval() for i in range(self.networks)}

    def _networks(self) -> list[PolarNetwork]:
        return [getattr(self, f"network_{i}_") for i in range(self.networks)]

    def _fit_networks(self, known: Tensor, kernel: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Fit each network without one part of the labels: log-probabilities [n, K] of each label by that network.

        known [n, pixels], labelled; kernel [n, n]; others [m, pixels], unlabelled, of which MOST_UNLABELLED are used.
        """
        some = others[torch.randperm(len(others))[:MOST_UNLABELLED].numpy()] if self.unlabelled_share else others[:0]
        unlabelled = torch.from_numpy(some).to(known.device)
        kernel_of_others = (
            self._kernel(self._squared_distances(unlabelled)) if len(some) else np.zeros((0, len(kernel)))
        )
        objects = self._objects(torch.cat([known, unlabelled]))
        part = _parts(self.labels_, self.networks)
        seen = np.empty((len(kernel), len(self.classes_)))
        for place, network in enumerate(self._networks()):
            kept = part != place
            targets, weights = self._targets(kernel, kernel_of_others, kept)
            rows = torch.from_numpy(np.concatenate([np.flatnonzero(kept), len(kernel) + np.arange(len(some))]))
            train(
                network,
                taken(objects, rows.to(known.device)),
                self._on_device(targets),
                self._on_device(weights),
                Views(mirrors=self.mirrors),
                Course(self.steps, BATCH_SIZE, LEARNING_RATE),
            )
            seen[~kept] = self._log_probabilities(network, known[torch.from_numpy(~kept).to(known.device)])
        return seen

    def _targets(
        self, kernel: np.ndarray, kernel_of_others: np.ndarray, kept: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give class probabilities and weights, of the labelled images kept and of the unlabelled after them."""
        labels = self.labels_[kept]
        teacher = regress(kernel[np.ix_(kept, kept)], labels, len(self.classes_), self.noise)
        told = fit_sharpness(teacher.left_out, labels)
        scores = teacher.scores(kernel_of_others[:, kept])
        soft = told.probabilities(scores, np.zeros_like(scores))
        known = np.eye(len(self.classes_))[labels]
        share = self.unlabelled_share if len(soft) else 0.0
        return np.concatenate([known, soft]), np.concatenate([(1 - share) * _balanced(known), share * _balanced(soft)])

    def _log_probabilities(self, network: PolarNetwork, images: Tensor) -> np.ndarray:
        """Classify images [n, pixels] by a network: log-probabilities [n, K]."""
        parts = [log_probabilities(network, self._objects(chunk), self.mirrors) for chunk in images.split(CHUNK)]
        return torch.cat(parts).cpu().double().numpy()

    def _objects(self, images: Tensor) -> ObjectMaps:
        side = math.isqrt(images.shape[1])
        return object_maps(images.unflatten(1, (side, side)))

    def _squared_distances(self, images: Tensor) -> np.ndarray:
        """Compare images [n, pixels] with the exemplars in each view: [3, n, m] float64."""
        parts = [[view.squared_distance for view in views] for views in self._alignments(images)]
        return torch.cat([torch.stack(part) for part in parts], dim=1).cpu().double().numpy()

    def _alignments(self, images: Tensor) -> Iterator[Iterator[Alignment]]:
        """Align images [n, pixels] with the exemplars, a chunk at a time, a view at a time."""
        known = torch.from_numpy(self.exemplars_).to(images.device)
        exemplars = [turnable(view, self.mirrors) for view in self._views(known)]
        for chunk in images.split(CHUNK):
            yield (align(seen, view) for seen, view in zip(self._views(chunk), exemplars, strict=True))

    def _views(self, images: Tensor) -> Iterator[Tensor]:
        """Give the polar fields of images [n, pixels]: edges at the object's size, edges at one size, grey values."""
        objects = self._objects(images)
        yield edge_fields(objects, whole_radius(objects))
        yield edge_fields(objects, objects.radius_px)
        yield grey_fields(objects, whole_radius(objects))

    def _kernel(self, squared: np.ndarray) -> np.ndarray:
        """Turn squared distances [3, n, m] into the kernel [n, m]."""
        return np.exp(-self.width * squared / self.medians_[:, None, None]).mean(axis=0)


def _parts(labels: np.ndarray, n_parts: int) -> np.ndarray:
    """Deal labelled images out to parts at random, [n]: each class evenly, each beginning with another part."""
    part = np.empty(len(labels), dtype=int)
    for name in np.unique(labels):
        own = np.flatnonzero(labels == name)
        part[own[torch.randperm(len(own)).numpy()]] = (name + np.arange(len(own))) % n_parts
    return part


def _balanced(probability: np.ndarray) -> np.ndarray:
    """Weigh images [n, K] so that classes weigh the same and all sum to 1."""
    share = probability.sum(axis=0)
    weight = probability @ np.divide(1, share, out=np.zeros_like(share), where=share > 0)
    return weight / weight.sum() if len(weight) else weight


def _median_apart(squared: np.ndarray) -> float:
    """Give the median of the squared distances between objects that differ; 1 where none do."""
    apart = squared[squared > CLOSEST]
    return float(np.median(apart)) if len(apart) else 1.0
