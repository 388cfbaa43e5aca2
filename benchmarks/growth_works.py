"""What is measured at growing sizes: generating, fitting, classifying, and a stress grid."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.apart import Measured, measure
from benchmarks.data import N_CLASSES, RANGES, SIZE, cards, grid_recipe, templates
from datagen.cards.card_images import generate_images
from ssrvae import MarginalPoseClassifier, SSVAEClassifier
from ssrvae.base.allocator import keep_freed_memory
from ssrvae.study.jobs.stress import score_cells, stress_cells

LABELLED_PER_CLASS = 20
SSRVAE_EPOCHS, MARGINAL_EPOCHS, MARGINAL_LABELLED_EPOCHS = 2, 4, 2
CELL_PER_CLASS = 100
QUICK = 3
"""Repetitions of works that are no fits."""


@dataclass(frozen=True)
class Size:
    """The size of a problem; works are given what is changed in it. max_shift: in sides; cells: along a grid's axis."""

    images: int = 4000
    side_px: int = SIZE
    classes: int = N_CLASSES
    max_shift: float = 0.1
    cells: int = 4


def generate(changed: dict[str, Any]) -> Measured:
    """Make images."""
    size, rng = Size(**changed), np.random.default_rng(0)
    shown = templates(size.side_px, size.classes)
    per_class = max(1, size.images // size.classes)
    return measure(lambda: generate_images(shown, RANGES, per_class, size.side_px, rng), QUICK)


def fit_ssrvae(changed: dict[str, Any]) -> Measured:
    """Fit the ss-rVAE for two epochs."""
    return _fit(SSVAEClassifier(epochs=SSRVAE_EPOCHS, random_state=0), Size(**changed))


def fit_marginal(changed: dict[str, Any]) -> Measured:
    """Fit the marginal-pose model for two epochs of labels and two of all images, of 50 steps each."""
    size = Size(**changed)
    return _fit(_marginal(size, MARGINAL_EPOCHS, MARGINAL_LABELLED_EPOCHS), size)


def classify_ssrvae(changed: dict[str, Any]) -> Measured:
    """Classify images by the ss-rVAE."""
    size = Size(**changed)
    return _classify(SSVAEClassifier(epochs=1, random_state=0), size)


def classify_marginal(changed: dict[str, Any]) -> Measured:
    """Classify images by the marginal-pose model."""
    size = Size(**changed)
    return _classify(_marginal(size, 1, 1), size)


def stress(changed: dict[str, Any]) -> Measured:
    """Make, classify and score the cells of a stress grid."""
    size = Size(**changed)
    keep_freed_memory()
    classifier = SSVAEClassifier(epochs=1, random_state=0).fit(*cards(4, 16, 1).training_set())

    def run() -> None:
        cells = stress_cells(grid_recipe(size.cells, CELL_PER_CLASS), 0)
        for _ in score_cells(classifier, cells, ("a", "b", "c", "d"), False):
            pass

    return measure(run, 1)


def _marginal(size: Size, epochs: int, labelled_epochs: int) -> MarginalPoseClassifier:
    return MarginalPoseClassifier(
        max_shift=size.max_shift, epochs=epochs, labelled_epochs=labelled_epochs, random_state=0
    )


def _fit(estimator: SSVAEClassifier | MarginalPoseClassifier, size: Size) -> Measured:
    per_class = max(1, size.images // size.classes)
    images, labels = cards(LABELLED_PER_CLASS, per_class, 1, size.side_px, size.classes).training_set()
    keep_freed_memory()  # as the command line's jobs do
    return measure(lambda: estimator.fit(images, labels), 1, warm_up=False)


def _classify(estimator: SSVAEClassifier | MarginalPoseClassifier, size: Size) -> Measured:
    keep_freed_memory()
    estimator.fit(*cards(4, 16, 1, size.side_px, size.classes).training_set())
    shown, per_class = templates(size.side_px, size.classes), max(1, size.images // size.classes)
    images = generate_images(shown, RANGES, per_class, size.side_px, np.random.default_rng(0))[0]
    return measure(lambda: estimator.predict(images), 1 if size.images > Size().images else QUICK)
