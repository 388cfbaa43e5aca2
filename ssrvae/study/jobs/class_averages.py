"""The mean image of each class: test objects by their predicted class, each turned to fit its most typical exemplar."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datagen.dataset import Dataset, load_dataset
from datagen.errors import InputError
from ssrvae.study.jobs.model_arrays import write_arrays
from ssrvae.study.run_folder import RunFolder


@dataclass(frozen=True)
class ClassAverages:
    """Averages of the test images by predicted class; those of a class that none is taken for are NaN.

    class_names [K]; images, hits [K]: how many are taken for each class, and how many of them rightly; medoid [K, side,
    side]: the labelled object of each class that its others fit best; turned [K, side, side]: the mean of the images
    turned, and mirrored, to fit it; as_they_lie [K, side, side]: without turning them. All are grey values, objects in
    the middle.
    """

    class_names: np.ndarray
    images: np.ndarray
    hits: np.ndarray
    medoid: np.ndarray
    turned: np.ndarray
    as_they_lie: np.ndarray


def write_class_averages(run: RunFolder, data: Path, out: Path) -> None:
    """Write the class averages of a run to one .npz; those of a failed run hold its `reason` alone.

    Raises InputError, naming the file, for a model that turns no exemplars to fit images.
    """

    def read(estimator: Any) -> ClassAverages:
        if not (hasattr(estimator, "fit_to") and hasattr(estimator, "medoids")):
            name = type(estimator).__name__
            raise InputError(f"{run.model}: a {name} turns no exemplars; averages need `fit_to` and `medoids`")
        return average_classes(estimator, load_dataset(data, require=("test",)))

    write_arrays(run, out, read)


def average_classes(estimator: Any, dataset: Dataset) -> ClassAverages:
    """Average the test images of a data set by an ExemplarClassifier."""
    from ssrvae.models.exemplar.turned_back import turned_back  # torch: figures read without it

    test = dataset.part("test")
    medoids, predicted = estimator.medoids(), np.asarray(estimator.predict(test.images))
    fits = estimator.fit_to(test.images, medoids[predicted])
    still, upright = np.zeros(len(predicted)), np.zeros(len(predicted), dtype=bool)
    exemplars = estimator.exemplars_[medoids].reshape(-1, *test.images.shape[1:])
    n_classes = len(dataset.class_names)
    return ClassAverages(
        class_names=np.array(dataset.class_names),
        images=np.bincount(predicted, minlength=n_classes),
        hits=np.bincount(predicted[predicted == test.truth], minlength=n_classes),
        medoid=turned_back(exemplars, np.zeros(n_classes), np.zeros(n_classes, dtype=bool)),
        turned=_means(turned_back(test.images, fits.angle_rad, fits.is_mirrored), predicted, n_classes),
        as_they_lie=_means(turned_back(test.images, still, upright), predicted, n_classes),
    )


def _means(images: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    nothing = np.full(images.shape[1:], np.nan, dtype=np.float32)
    return np.stack([images[predicted == k].mean(0) if (predicted == k).any() else nothing for k in range(n_classes)])
