"""What estimators of images share: checks, the device, random numbers."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sklearn.base import TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from datagen.errors import InputError
from ssrvae.models.checks import check_images, check_labels, check_range
from ssrvae.models.drawing_requests import check_classes
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.random_streams import random_stream
from ssrvae.models.storage import StoredEstimator

OnEpoch = Callable[[Any, int], None]
"""Watches a training after each epoch: the estimator as it is then, and the epoch, counted from 1. It cannot influence
the training."""

DEVICES = ("auto", "cpu", "cuda")


class ImageEstimator(StoredEstimator):
    """Base of the estimators with networks. Images are [n, pixels] or [n, side, side], square."""

    device: str
    verbose: int
    random_state: Any

    @property
    def side_px(self) -> int:
        """The side of the images that were fitted, in pixels; raises NotFittedError before a fit."""
        check_is_fitted(self)
        return math.isqrt(self.n_features_in_)

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        """Fit as a whole, from random numbers of its own."""
        with super()._fitting(), self._random_numbers():
            yield

    def _begin(self, X: Any) -> np.ndarray:
        """Check images to fit: [n, pixels]."""
        images = self._checked_images(X, reset=True)
        check_range(images)
        return images

    def _begin_labelled(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Check images and labels, -1 for unlabelled, and build the networks: [n, pixels], indices of classes [n]."""
        images = self._begin(X)
        self.classes_, labels = check_labels(y, len(images))
        self._make_networks(images.shape[1], len(self.classes_))
        return images, labels

    def _make_networks(self, n_pixels: int, n_classes: int) -> None:
        for name, network in self.build_networks(n_pixels, n_classes).items():
            setattr(self, name, network)

    def _watch(self, history: list[dict[str, float]], on_epoch: OnEpoch | None) -> None:
        """Keep the history after an epoch, tell of the epoch if asked to, and let `on_epoch` see the estimator."""
        self.history_ = history
        if self.verbose:
            _print_epoch(history[-1])
        if on_epoch:
            with random_stream(self._device()):
                on_epoch(self, int(history[-1]["epoch"]))

    def _checked_images(self, X: Any, reset: bool) -> np.ndarray:
        return check_images(self, X, reset)

    def _check_fitted_images(self, X: Any) -> Tensor:
        """Check images to read: [n, pixels] on the device."""
        check_is_fitted(self)
        return torch.from_numpy(self._checked_images(X, reset=False)).to(self._device())

    def _on_device(self, values: Any) -> Tensor:
        return torch.from_numpy(np.array(values, dtype=np.float32)).to(self._device())

    def _device(self) -> torch.device:
        if self.device == "cuda" and not torch.cuda.is_available():
            raise InputError("device is 'cuda', but this machine offers none; use 'auto' or 'cpu'")
        return torch.device("cuda" if self.device != "cpu" and torch.cuda.is_available() else "cpu")

    @contextmanager
    def _random_numbers(self) -> Iterator[None]:
        """Draw random numbers of the estimator's `random_state`, that leave the caller's as they were."""
        with random_stream(self._device(), self._seed()):
            yield

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31 - 1))


def _print_epoch(record: Mapping[str, float]) -> None:
    values = ", ".join(f"{name} {value:.4g}" for name, value in record.items() if name != "epoch")
    print(f"epoch {record['epoch']:.0f}: {values}", file=sys.stderr, flush=True)


class ImageClassifier(MostProbableClassifier, TransformerMixin, ImageEstimator):
    """Base of the classifiers that read style variables as well."""

    def _one_hot(self, label: Any, n_images: int) -> Tensor:
        """Check classes to draw: one-hot [n, classes] on the device."""
        indices = torch.from_numpy(check_classes(label, n_images, self.classes_))
        return torch.nn.functional.one_hot(indices, len(self.classes_)).float().to(self._device())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
