"""The exemplar model as an estimator: a Gaussian process on distances to the labelled objects, each turned to fit."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from datagen.contract import UNLABELLED
from datagen.errors import InputError
from ssrvae.models.checks import check_labels
from ssrvae.models.exemplar.exemplar_reader import ExemplarReader, find_objects, views_of
from ssrvae.models.exemplar.familiarity import fit_familiarity
from ssrvae.models.exemplar.gaussian_process import Regression, regress
from ssrvae.models.exemplar.polar_fields import taken
from ssrvae.models.exemplar.polar_network import Course, PolarNetwork, Views, log_probabilities, network_fields, train
from ssrvae.models.exemplar.stacking import fit_mixture, fit_sharpness
from ssrvae.models.image_estimator import DEVICES, OnEpoch
from ssrvae.models.left_out import LeftOut
from ssrvae.models.parameters import FLAG, POSITIVE, RANDOM_STATE, Rule, number, one_of, whole
from ssrvae.models.random_streams import random_stream

CLOSEST = 1e-6
"""A squared distance below this is that of an object to its copy."""
MOST_UNLABELLED = 2000
MOST_SCORED = 1000
"""Of the unlabelled images so many tell how familiar images are."""
BATCH_SIZE = 48
LEARNING_RATE = 4e-3
SHARE_ROUNDS = 100


@dataclass(kw_only=True, eq=False, repr=False)
class ExemplarClassifier(ExemplarReader):
    """Classifier of images of one object at any angle, by the labelled objects that it fits best.

    Two objects are compared when turned to fit each other, in three ways: by edges at the size that they have, by edges
    at one size, and by grey values. Each is a kernel exp(-width d^2 / m), m being the median of d^2 between labelled
    objects, and a Gaussian process on the mean of the three gives the class. Beside it stand small networks whose
    answer turns change little, each fitted without one part of the labels. What both say of labels that they have not
    seen decides how much each counts, and how sharp the probabilities are. Labelled objects may lie at any angle.
    `fit(X, y)` takes y = -1 for unlabelled images: networks learn what the Gaussian process makes of them.

    Parameters
    ----------
    mirrors: whether an object and its mirror image are the same, True or False; "auto": what the labels are likelier
        under, by the evidence of the Gaussian process (False for letters and digits).
    width: of the kernels; larger values look at the nearest objects only.
    noise: variance of the class indicators of labelled objects.
    networks: how many, at least 2 (ten seconds each on one core); 0: the Gaussian process alone, which takes a second
        and learns nothing from unlabelled images.
    steps: of each network's training, one batch each.
    unlabelled_share: of the images of a batch.
    device: "cpu", "cuda" or "auto".

    Fitted: classes_, exemplars_ (the labelled images [n, pixels]), labels_ [n] (indices of classes), mirrors_ (whether
    mirror images count), medians_ [3], weights_ [n, K], factors_ [2] (of the Gaussian process and of the networks),
    left_out_ [n, K] (probabilities of each labelled image by what was fitted without it), familiarity_weights_ [n, K]
    and familiarity_scale_ [2, 2] (mean and spread; see `familiarity`), score_quantiles_ (1001, of the unlabelled images
    or, without any, the labelled ones), network_0_ and so on, n_features_in_.
    """

    rules: ClassVar[dict[str, Rule]] = {
        "mirrors": Rule(f"{FLAG.words}, or 'auto'", lambda value: FLAG.allows(value) or one_of(["auto"]).allows(value)),
        "width": POSITIVE,
        "noise": POSITIVE,
        "networks": Rule("0, or a whole number, at least 2", lambda value: whole(0).allows(value) and value != 1),
        "steps": whole(10),
        "unlabelled_share": number("in [0, 1)", lambda value: 0 <= value < 1),
        "device": one_of(DEVICES),
        "random_state": RANDOM_STATE,
    }

    mirrors: bool | str = "auto"
    width: float = 2.0
    noise: float = 0.05
    networks: int = 3
    steps: int = 300
    unlabelled_share: float = 0.4
    device: str = "cpu"
    random_state: Any = None

    @property
    def n_epochs(self) -> int:
        """How often a fit tells `on_epoch` of its progress: after each network."""
        return self.networks

    def fit(self, X: Any, y: Any, on_epoch: OnEpoch | None = None) -> Self:
        """Fit labelled and unlabelled images X [n, pixels] or [n, side, side] in [0, 1]; y [n], -1 for unlabelled.

        `on_epoch(estimator, number)` is told of each network that is fitted. Raises InputError for a bad parameter,
        image or label, DivergenceError when a network's loss is not finite.
        """
        with self._fitting():
            images, labels = self._begin_labelled(X, y)
            labelled = labels != UNLABELLED
            self.exemplars_, self.labels_ = images[labelled], labels[labelled]
            known = torch.from_numpy(self.exemplars_).to(self._device())
            squared, kernel, found = self._compare(known, self._choose_mirrors(known))
            self.weights_ = found.weights
            if self.networks:
                seen = self._fit_networks(known, kernel, images[~labelled], on_epoch)
                mixture = fit_mixture(found.left_out, seen, self.labels_)
            else:
                seen, mixture = np.zeros_like(found.left_out), fit_sharpness(found.left_out, self.labels_)
            self.factors_ = np.array(mixture)
            self.left_out_ = mixture.probabilities(found.left_out, seen)
            self._fit_familiarity(squared, images[~labelled])
        return self

    def left_out(self, X: Any, y: Any) -> LeftOut:
        """Give class probabilities of the labelled ones of the images that were fitted, each by what did not see it.

        Raises InputError for others than those of the fit.
        """
        self._checked_images(X, reset=False)
        classes, labels = check_labels(y, len(X))
        if not np.array_equal(classes[labels[labels != UNLABELLED]], self.classes_[self.labels_]):
            raise InputError("left_out is of the images that were fitted, with their labels; got other labels")
        return LeftOut(self.left_out_, "each labelled object, classified by what was fitted without it")

    def build_networks(self, n_pixels: int, n_classes: int) -> dict[str, nn.Module]:
        """Build the networks, not yet fitted."""
        return {f"network_{i}_": PolarNetwork(n_classes).to(self._device()).eval() for i in range(self.networks)}

    def _choose_mirrors(self, known: Tensor) -> bool:
        """Choose whether mirror images count, by the labelled images [n, pixels] where it was not given."""
        if isinstance(self.mirrors, bool | np.bool_):
            return bool(self.mirrors)
        without, with_mirrors = (self._compare(known, mirrors)[-1].log_evidence for mirrors in (False, True))
        return with_mirrors >= without

    def _compare(self, known: Tensor, mirrors: bool) -> tuple[np.ndarray, np.ndarray, Regression]:
        """Compare labelled images [n, pixels]: squared distances [3, n, n], the kernel [n, n], and the fit to it."""
        self.mirrors_ = mirrors
        squared = self._squared_distances(known)
        self.medians_ = np.array([_median_apart(each) for each in squared])
        kernel = self._kernel(squared)
        return squared, kernel, regress(kernel, self.labels_, len(self.classes_), self.noise)

    def _fit_familiarity(self, squared: np.ndarray, others: np.ndarray) -> None:
        """Fit to squared distances [3, n, n] of the exemplars; others [m, pixels]: unlabelled, MOST_SCORED are used."""
        apart = self._in_medians(squared)
        found, left_out = fit_familiarity(apart, self.labels_, len(self.classes_), self.noise)
        self.familiarity_weights_, self.familiarity_scale_ = found.weights, np.stack([found.mean, found.spread])
        some = torch.from_numpy(others[torch.randperm(len(others))[:MOST_SCORED].numpy()]).to(self._device())
        self._remember_scores(self._familiarity(self._squared_distances(some)) if len(some) else left_out)

    def _fit_networks(
        self, known: Tensor, kernel: np.ndarray, others: np.ndarray, on_epoch: OnEpoch | None
    ) -> np.ndarray:
        """Fit each network without one part of the labels: log-probabilities [n, K] of each label by that network.

        known [n, pixels], labelled; kernel [n, n]; others [m, pixels], unlabelled, of which MOST_UNLABELLED are used.
        The only label of a class is left out by none; its log-probabilities are 0.
        """
        some = others[torch.randperm(len(others))[:MOST_UNLABELLED].numpy()] if self.unlabelled_share else others[:0]
        unlabelled = torch.from_numpy(some).to(known.device)
        kernel_of_others = (
            self._kernel(self._squared_distances(unlabelled)) if len(some) else np.zeros((0, len(kernel)))
        )
        objects = find_objects(torch.cat([known, unlabelled]))
        own = taken(objects, torch.arange(len(known), device=known.device))
        edges, _, grey = views_of(own)
        fields, part = network_fields(edges, grey), _parts(self.labels_, self.networks)
        seen = np.zeros((len(kernel), len(self.classes_)))
        for place, network in enumerate(self._networks()):
            kept = part != place
            targets, weights = self._targets(kernel, kernel_of_others, kept)
            rows = torch.from_numpy(np.concatenate([np.flatnonzero(kept), len(kernel) + np.arange(len(some))]))
            train(
                network,
                taken(objects, rows.to(known.device)),
                self._on_device(targets),
                self._on_device(weights),
                Views(mirrors=self.mirrors_),
                Course(self.steps, BATCH_SIZE, LEARNING_RATE),
            )
            left_out = torch.from_numpy(np.flatnonzero(~kept)).to(known.device)
            seen[~kept] = log_probabilities(network, fields[left_out]).cpu().numpy()
            if on_epoch:
                with random_stream(known.device):
                    on_epoch(self, place + 1)
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


def _parts(labels: np.ndarray, n_parts: int) -> np.ndarray:
    """Deal labelled images out to parts at random, [n]: each class evenly, each beginning with another part.

    The only image of a class is in none: -1.
    """
    part = np.full(len(labels), -1)
    for name in np.unique(labels):
        own = np.flatnonzero(labels == name)
        if len(own) > 1:
            part[own[torch.randperm(len(own)).numpy()]] = (name + np.arange(len(own))) % n_parts
    return part


def _balanced(probability: np.ndarray) -> np.ndarray:
    """Weigh images so that classes weigh the same, whatever their shares among the images: [n], with a sum of 1.

    probability [n, K]: of the classes, were their shares the same. The shares are the likeliest ones, by expectation
    maximisation (Saerens, Latinne and Decaestecker 2002, doi:10.1162/089976602753284446); an image weighs by how much
    likelier it would be under equal shares.
    """
    if not len(probability):
        return np.zeros(0)
    shares = np.full(probability.shape[1], 1 / probability.shape[1])
    for _ in range(SHARE_ROUNDS):
        posterior = probability * shares
        shares = (posterior / posterior.sum(axis=1, keepdims=True)).mean(axis=0)
    weight = 1 / (probability @ shares)
    return weight / weight.sum()


def _median_apart(squared: np.ndarray) -> float:
    """Give the median of the squared distances [n, n] between objects that differ; 1 where none do."""
    apart = squared[~np.eye(len(squared), dtype=bool)]
    apart = apart[apart > CLOSEST]
    return float(np.median(apart)) if len(apart) else 1.0
