"""What every data set must keep, and the messages for one that does not."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from datagen.errors import InputError

SPLITS = ("labelled", "unlabelled", "test")
UNLABELLED = -1
REMEDIES = {
    "labelled": "give a few images of every class a label >= 0",
    "unlabelled": "add images with label -1, or use a method that learns from labelled images alone",
    "test": "add images with split 'test' and their true class",
}


class Columns(Protocol):
    """What is checked: the arrays of a `datagen.dataset.Dataset`."""

    @property
    def images(self) -> np.ndarray: ...
    @property
    def labels(self) -> np.ndarray: ...
    @property
    def truth(self) -> np.ndarray: ...
    @property
    def split(self) -> np.ndarray: ...
    @property
    def factors(self) -> Mapping[str, np.ndarray]: ...
    @property
    def class_names(self) -> tuple[str, ...]: ...


def check_dataset(dataset: Columns, what: str) -> None:
    """Raise InputError, naming `what`, unless the arrays are as Dataset says and every class has a label."""
    _check_images(dataset.images, what)
    _check_lengths(dataset, what)
    _check_class_names(dataset.class_names, what)
    _check_numbers(dataset, what)
    require_splits(dataset, ("labelled",), what)
    _check_split(dataset, what)
    _check_every_class_labelled(dataset, what)


def require_splits(dataset: Columns, splits: tuple[str, ...], what: str) -> None:
    """Raise InputError, naming `what`, unless each of these splits has an image."""
    for split in splits:
        if split not in SPLITS:
            raise InputError(f"split {split!r} is unknown; expected one of {', '.join(SPLITS)}")
        if not (dataset.split == split).any():
            raise InputError(f"{what} has no {split} image; {REMEDIES[split]}")


def _check_images(images: np.ndarray, what: str) -> None:
    if images.ndim != 3 or 0 in images.shape:
        raise InputError(f"{what}: images have shape {images.shape}; expected [n, height, width], n >= 1")
    if images.dtype.kind != "f":
        raise InputError(f"{what}: images are {images.dtype}; expected float32 in [0, 1] (bytes / 255)")
    low, high = images.min(), images.max()
    if np.isnan(low):
        bad = np.count_nonzero(np.isnan(images).any(axis=(1, 2)))
        raise InputError(f"{what}: NaN pixels in {bad} of the images; replace them or leave the images out")
    if low < 0 or high > 1:
        raise InputError(f"{what}: images reach from {low:g} to {high:g}; rescale them to [0, 1]")


def _check_lengths(dataset: Columns, what: str) -> None:
    columns = {"labels": dataset.labels, "truth": dataset.truth, "split": dataset.split, **dataset.factors}
    n = len(dataset.images)
    for name, values in columns.items():
        if values.shape != (n,):
            raise InputError(f"{what}: {name} has shape {values.shape}; expected one for each of {n} images")


def _check_class_names(names: tuple[str, ...], what: str) -> None:
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"{what}: class_names are {list(names)}; expected at least 2, all different")


def _check_numbers(dataset: Columns, what: str) -> None:
    classes = len(dataset.class_names)
    for column, values in (("labels", dataset.labels), ("truth", dataset.truth)):
        outside = np.unique(values[(values < UNLABELLED) | (values >= classes)]).tolist()
        if outside:
            raise InputError(f"{what}: {column} has {outside}; expected -1 or a class number, 0..{classes - 1}")


def _check_split(dataset: Columns, what: str) -> None:
    unknown = sorted(set(np.unique(dataset.split).tolist()) - set(SPLITS))
    if unknown:
        raise InputError(f"{what}: split has {unknown}; expected {', '.join(SPLITS)}")
    has_label, is_labelled = dataset.labels != UNLABELLED, dataset.split == "labelled"
    if (is_labelled & ~has_label).any():
        raise InputError(f"{what}: images of split 'labelled' have label -1; label them or use 'unlabelled'")
    if (has_label & ~is_labelled).any():
        raise InputError(f"{what}: images outside split 'labelled' have a label; move it to truth, set -1")
    if ((dataset.truth == UNLABELLED) & (dataset.split == "test")).any():
        raise InputError(f"{what}: images of split 'test' have no true class; give it in truth")


def _check_every_class_labelled(dataset: Columns, what: str) -> None:
    labelled = set(dataset.labels.tolist())
    bare = [name for number, name in enumerate(dataset.class_names) if number not in labelled]
    if bare:
        raise InputError(f"{what}: no labelled image of {', '.join(bare)}; label some or leave the class out")
