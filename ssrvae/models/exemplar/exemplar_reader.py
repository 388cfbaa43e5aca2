"""What the exemplar model reads in images: which labelled objects each fits, how well, and how it is turned."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ssrvae.models.exemplar.alignment import Alignment, Turnable, align, squared_distances, turnable
from ssrvae.models.exemplar.familiarity import Familiarity
from ssrvae.models.exemplar.gaussian_process import mean_kernel
from ssrvae.models.exemplar.polar_fields import ObjectMaps, edge_fields, grey_fields, object_maps, whole_radius
from ssrvae.models.exemplar.polar_network import PolarNetwork, log_probabilities, network_fields
from ssrvae.models.exemplar.stacking import Mixture
from ssrvae.models.geometry import PoseEstimate
from ssrvae.models.image_estimator import ImageEstimator
from ssrvae.models.image_readings import ImageReadings
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.strangers import TellsStrangers

CHUNK = 256
"""Images whose fields are held at a time."""


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


class ExemplarReader(TellsStrangers, MostProbableClassifier, ImageEstimator):
    """The reading half of `estimator.ExemplarClassifier`: classes, familiarity and poses of images."""

    exemplars_: np.ndarray
    labels_: np.ndarray
    medians_: np.ndarray
    weights_: np.ndarray
    factors_: np.ndarray
    familiarity_weights_: np.ndarray
    familiarity_scale_: np.ndarray
    mirrors_: bool
    width: float
    networks: int

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images [n, pixels] or [n, side, side]: probabilities [n, classes]."""
        chunks, exemplars = self._check_fitted_images(X).split(CHUNK), list(self._exemplars())
        seen = (list(views_of(find_objects(chunk))) for chunk in chunks)
        return np.concatenate([self._probabilities(views, _compared(views, exemplars)) for views in seen])

    def score_samples(self, X: Any) -> np.ndarray:
        """Tell how familiar each image is: [n], 0 for a typical labelled object that was left out; see `familiarity`.

        Low values are of no class that was labelled.
        """
        return self._familiarity(self._squared_distances(self._check_fitted_images(X)))

    def nearest(self, X: Any) -> NearestExemplars:
        """Find the labelled object that each image [n, pixels] or [n, side, side] fits best, and how it is turned."""
        edges = self._edge_alignment(self._check_fitted_images(X))
        return self._chosen(edges, edges.squared_distance.argmin(1))

    def fit_to(self, X: Any, exemplar: np.ndarray) -> NearestExemplars:
        """Turn a chosen labelled object to fit each image [n, pixels] or [n, side, side].

        exemplar [n]: which, among the labelled images in the order of the fit.
        """
        images = self._check_fitted_images(X)
        return self._chosen(self._edge_alignment(images), torch.from_numpy(exemplar).to(images.device))

    def medoids(self) -> np.ndarray:
        """Name of each class the labelled object that its others fit best in the mean: [K], in the order of the fit."""
        known = self._check_fitted_images(self.exemplars_)
        distance = self._edge_alignment(known).squared_distance.sqrt().cpu().numpy()
        own = [np.flatnonzero(self.labels_ == k) for k in range(len(self.classes_))]
        return np.array([rows[distance[np.ix_(rows, rows)].sum(0).argmin()] for rows in own])

    def pose(self, X: Any) -> PoseEstimate:
        """Read how images are turned and shifted from upright under their predicted classes; the scale is 1.

        Upright is as the nearest labelled object of the class lies, or its mirror image; the shift is that of the
        object's middle from the image's.
        """
        found = self.readings(X)
        return PoseEstimate(found.angle_rad, found.shift, np.ones_like(found.angle_rad))

    def readings(self, X: Any) -> ImageReadings:
        """Read class, familiarity and pose of images in one pass.

        The style [n, 1] is the distance to the nearest labelled object of the class, as `nearest` gives it.
        """
        chunks, exemplars = self._check_fitted_images(X).split(CHUNK), list(self._exemplars())
        parts = [self._read(chunk, exemplars) for chunk in chunks]
        return ImageReadings(*map(np.concatenate, zip(*parts, strict=True)))

    def _read(self, images: Tensor, exemplars: Sequence[Turnable]) -> ImageReadings:
        objects = find_objects(images)
        views = list(views_of(objects))
        aligned = align(views[0], exemplars[0])
        squared = np.concatenate([_array(aligned.squared_distance)[None], _compared(views[1:], exemplars[1:])])
        probabilities, familiarity = self._probabilities(views, squared), self._familiarity(squared)
        of_class = self.labels_ == probabilities.argmax(axis=1)[:, None]
        nearest = np.where(of_class, squared[0], np.inf).argmin(axis=1)[:, None]
        angle_rad = np.take_along_axis(aligned.angle_rad.cpu().numpy(), nearest, axis=1)[:, 0]
        distance = np.take_along_axis(squared[0], nearest, axis=1) / self.medians_[0]
        right_up = objects.middle.cpu().numpy() * [1, -1] / self.side_px
        return ImageReadings(
            probabilities, familiarity, familiarity < self.stranger_limit(), angle_rad, right_up, distance
        )

    def _probabilities(self, views: Sequence[Tensor], squared: np.ndarray) -> np.ndarray:
        """Classify images by their views, and squared distances [3, n, m] from the exemplars: probabilities [n, K]."""
        scores = self._kernel(squared) @ self.weights_
        seen = [_array(log_probabilities(network, network_fields(views[0], views[2]))) for network in self._networks()]
        return Mixture(*self.factors_).probabilities(scores, np.mean(seen, axis=0) if seen else np.zeros_like(scores))

    def _familiarity(self, squared: np.ndarray) -> np.ndarray:
        return Familiarity(self.familiarity_weights_, *self.familiarity_scale_).scores(self._in_medians(squared))

    def _networks(self) -> list[PolarNetwork]:
        return [getattr(self, f"network_{i}_") for i in range(self.networks)]

    def _squared_distances(self, images: Tensor) -> np.ndarray:
        """Compare images [n, pixels] with the exemplars in each view: [3, n, m] float64."""
        exemplars = list(self._exemplars())
        return np.concatenate(
            [_compared(views_of(find_objects(chunk)), exemplars) for chunk in images.split(CHUNK)], axis=1
        )

    def _edge_alignment(self, images: Tensor) -> Alignment:
        """Align edges of images [n, pixels] with those of the exemplars, all at the size that they have."""
        exemplars = next(self._exemplars())
        parts = [align(next(views_of(find_objects(chunk))), exemplars) for chunk in images.split(CHUNK)]
        return Alignment(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _chosen(self, edges: Alignment, exemplar: Tensor) -> NearestExemplars:
        squared, angle_rad, is_mirrored = (part.gather(1, exemplar[:, None])[:, 0].cpu().numpy() for part in edges)
        return NearestExemplars(exemplar.cpu().numpy(), angle_rad, is_mirrored, squared / self.medians_[0])

    def _exemplars(self) -> Iterator[Turnable]:
        """Give the labelled objects in each view."""
        known = torch.from_numpy(self.exemplars_).to(self._device())
        return (turnable(view, self.mirrors_) for view in views_of(find_objects(known)))

    def _kernel(self, squared: np.ndarray) -> np.ndarray:
        """Turn squared distances [3, n, m] into the kernel [n, m]."""
        return mean_kernel(self._in_medians(squared), self.width)

    def _in_medians(self, squared: np.ndarray) -> np.ndarray:
        """Measure squared distances [3, n, m] in the medians of those between labelled objects."""
        return squared / self.medians_[:, None, None]


def find_objects(images: Tensor) -> ObjectMaps:
    """Find the objects in images [n, pixels]."""
    side = math.isqrt(images.shape[1])
    return object_maps(images.unflatten(1, (side, side)))


def views_of(objects: ObjectMaps) -> Iterator[Tensor]:
    """Give the polar fields of objects: edges at the size that they have, edges at one size, grey values."""
    yield edge_fields(objects, whole_radius(objects))
    yield edge_fields(objects, objects.radius_px)
    yield grey_fields(objects, whole_radius(objects))


def _compared(views: Iterable[Tensor], exemplars: Sequence[Turnable]) -> np.ndarray:
    """Compare views of n images with those of the exemplars: squared distances [views, n, m]."""
    return np.stack([_array(squared_distances(*pair)) for pair in zip(views, exemplars, strict=True)])


def _array(values: Tensor) -> np.ndarray:
    return values.cpu().double().numpy()
