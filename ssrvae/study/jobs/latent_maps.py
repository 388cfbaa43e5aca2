"""What a fitted model draws over its first two style variables, and where it sees the test images there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datagen.dataset import UNLABELLED, Dataset, load_dataset
from datagen.errors import InputError
from ssrvae.study.jobs.model_arrays import write_arrays
from ssrvae.study.run_folder import RunFolder

LEVELS = np.linspace(-2.0, 2.0, 7)
"""Values of both style variables that are drawn, in standard deviations of the prior."""


@dataclass(frozen=True)
class LatentMap:
    """Images over two style variables, and the test images' own values of them.

    class_names [K]; levels [s]; drawn [c, s, s, side, side] uint8, the second variable along the first s and the first
    along the second, upright, the other variables 0; c is K, or 1 for a model without classes. style [n, 2]; truth [n];
    predicted [n], -1 for a model without classes.
    """

    class_names: np.ndarray
    levels: np.ndarray
    drawn: np.ndarray
    style: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray


def write_latent_map(run: RunFolder, data: Path, out: Path) -> None:
    """Write the map of a run to one .npz; that of a failed run holds its `reason` alone.

    Raises InputError, naming the file, for a model without `transform` and `decode` or with one style variable alone.
    """

    def read(estimator: Any) -> LatentMap:
        if not (hasattr(estimator, "transform") and hasattr(estimator, "decode")) or estimator.n_style < 2:
            needs = "`transform`, `decode` and two or more style variables"
            raise InputError(f"{run.model}: a map needs a model with {needs}")
        return map_latents(estimator, load_dataset(data, require=("test",)))

    write_arrays(run, out, read)


def map_latents(estimator: Any, dataset: Dataset) -> LatentMap:
    """Draw and read by an estimator with `transform` and `decode`; the classes are its `classes_`, if it has them."""
    images, truth = dataset.test_set()
    classes = getattr(estimator, "classes_", None)
    return LatentMap(
        class_names=np.array(dataset.class_names),
        levels=LEVELS,
        drawn=np.stack([_draw(estimator, *label) for label in ([()] if classes is None else [(k,) for k in classes])]),
        style=np.asarray(estimator.transform(images), dtype=np.float32)[:, :2],
        truth=truth,
        predicted=np.full(len(truth), UNLABELLED) if classes is None else np.asarray(estimator.predict(images)),
    )


def _draw(estimator: Any, *label: int) -> np.ndarray:
    """Draw one class, or without a label all that is known, at every pair of levels: uint8 [s, s, side, side]."""
    second, first = np.meshgrid(LEVELS, LEVELS, indexing="ij")
    style = np.zeros((first.size, estimator.n_style), dtype=np.float32)
    style[:, 0], style[:, 1] = first.ravel(), second.ravel()
    images = np.asarray(estimator.decode(style, *label))
    pixels = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return pixels.reshape(*first.shape, *pixels.shape[-2:])
