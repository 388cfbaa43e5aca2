"""Learn objects, some of them labelled: which model, and how well it knows the labels that it has not seen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from datagen.contract import UNLABELLED
from ssrvae.library.left_out_scores import LeftOutScores, left_out_scores
from ssrvae.library.messages import progress
from ssrvae.library.object_models import AUTO, DEFAULTS, MODELS, ObjectModel, make_model
from ssrvae.library.settings import Settings


class Training(NamedTuple):
    """Objects to fit: images [n, side, side]; codes [n], positions in class_names, -1 unlabelled."""

    images: np.ndarray
    codes: np.ndarray
    class_names: list[str]

    def labelled(self) -> "Training":
        """Take the labelled ones alone."""
        rows = np.flatnonzero(self.codes != UNLABELLED)
        return self._replace(images=self.images[rows], codes=self.codes[rows])


class Learnt(NamedTuple):
    """A fitted model; the settings, in which it is named; what it makes of labels that it has not seen.

    scores: None where no class has two labels, of which one could be left out; compared: the balanced accuracy of each
    model that was tried.
    """

    model: ObjectModel
    settings: Settings
    scores: LeftOutScores | None
    compared: dict[str, float]


def learn(training: Training, settings: Settings) -> Learnt:
    """Fit the model that the settings name or, where that is "auto", whichever knows the labels best when left out.

    Models are compared by fits to the labelled objects alone.
    """
    compared = dict[str, float]()
    if settings.model == AUTO:
        compared = {name: _balanced_accuracy(training.labelled(), name) for name in MODELS}
        best = max(compared, key=compared.__getitem__)
        settings = replace(settings, model=best, parameters=DEFAULTS)
    model = _fit(training, settings.model, settings.parameters)
    return Learnt(model, settings, _scores(model, training), compared)


def _balanced_accuracy(labelled: Training, name: str) -> float:
    scores = _scores(_fit(labelled, name, DEFAULTS), labelled)
    return scores.balanced_accuracy.center if scores else 0.0


def _scores(model: ObjectModel, training: Training) -> LeftOutScores | None:
    codes = training.labelled().codes
    if np.bincount(codes).max() < 2:
        return None
    return left_out_scores(model.left_out(training.images, training.codes), codes, training.class_names)


def _fit(training: Training, name: str, parameters: Mapping[str, Any]) -> ObjectModel:
    model = make_model(name, parameters)
    with progress(range(model.n_epochs), "fit", "epoch") as bar:
        return model.fit(training.images, training.codes, on_epoch=lambda *_: bar.update())
