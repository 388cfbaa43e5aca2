"""A data set: images, labels, the true classes that only scoring may see, and the factors; and its file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from datagen.contract import UNLABELLED, check_dataset, require_splits
from datagen.errors import InputError
from datagen.factors import Factors
from datagen.npz import read_npz, write_npz

FORMAT_VERSION = 1
IMAGE_SIDE_PX = 48
"""Side of the images of a data set whose stanza gives none."""
# In a header: what was left out, told in words, and the classes with fewer labels than were asked for.
REMARKS = "remarks"
FEWER_LABELS = "fewer_labels"
FACTOR_PREFIX = "factor_"
NEEDED_MEMBERS = ("images", "labels", "class_names")


@dataclass(frozen=True)
class Dataset:
    """Images with labels.

    images [n, height, width] float32 in [0, 1]; labels [n] int64, -1 where split is not "labelled"; truth [n]
    int64, the true class, -1 where unknown, never given to a fit; split [n] of "labelled", "unlabelled",
    "test"; factors [n] float64 by name: FACTOR_NAMES, or what is known of real objects (area_px), or none;
    class_names of the classes 0, 1, ...; header: what made it (spec, seed) and the version of the file format.
    """

    images: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    split: np.ndarray
    factors: Factors
    class_names: tuple[str, ...]
    header: dict = field(default_factory=dict)

    def part(self, split: str) -> "Dataset":
        """Give the rows of one split; raises InputError for an unknown split or one without images."""
        require_splits(self, (split,), "the data set")
        rows = np.flatnonzero(self.split == split)
        columns = (self.images[rows], self.labels[rows], self.truth[rows], self.split[rows])
        factors = {name: values[rows] for name, values in self.factors.items()}
        return Dataset(*columns, factors, self.class_names, self.header)

    def training_set(self) -> tuple[np.ndarray, np.ndarray]:
        """Give X [n, height * width] float32 and y [n] int64 of all but the test part, -1 for the unlabelled.

        Raises InputError when the labelled or the unlabelled part is empty.
        """
        require_splits(self, ("labelled", "unlabelled"), "the data set")
        rows = np.flatnonzero(self.split != "test")
        return self._pixels(rows), self.labels[rows]

    def test_set(self) -> tuple[np.ndarray, np.ndarray]:
        """Give X [n, height * width] float32 and truth [n] int64 of the test part (InputError if empty)."""
        require_splits(self, ("test",), "the data set")
        rows = np.flatnonzero(self.split == "test")
        return self._pixels(rows), self.truth[rows]

    def _pixels(self, rows: np.ndarray) -> np.ndarray:
        return self.images[rows].reshape(len(rows), -1)


def save_dataset(dataset: Dataset, path: str | Path) -> None:
    """Write a data set to one .npz (see write_npz): the same data set gives the same bytes.

    Raises InputError when the data are not as Dataset says, and when the file cannot be written.
    """
    check_dataset(dataset, f"data set for {path}")
    write_npz(_members(dataset), path)


def load_dataset(path: str | Path, require: tuple[str, ...] = ("labelled",)) -> Dataset:
    """Read a data set that save_dataset or the user wrote; each split in `require` must have images.

    The user's own .npz needs images, labels (-1 = unlabelled) and class_names; split, truth and factors may
    be missing. A label outside the labelled split is kept as truth only. Raises InputError, naming the file,
    when it is missing, corrupt, or not as Dataset says.
    """
    members = read_npz(path)
    missing = [name for name in NEEDED_MEMBERS if name not in members]
    if missing:
        raise InputError(f"{path} has no {', '.join(missing)}; a data set needs {', '.join(NEEDED_MEMBERS)}")
    dataset = _from_members(members, str(path))
    check_dataset(dataset, str(path))
    require_splits(dataset, require, str(path))
    return dataset


def _members(dataset: Dataset) -> dict[str, np.ndarray]:
    header = json.dumps({**dataset.header, "version": FORMAT_VERSION}, sort_keys=True)
    factors = {FACTOR_PREFIX + name: values for name, values in dataset.factors.items()}
    return {
        "images": dataset.images.astype(np.float32, copy=False),
        "labels": dataset.labels.astype(np.int64, copy=False),
        "truth": dataset.truth.astype(np.int64, copy=False),
        "split": dataset.split,
        "class_names": np.array(dataset.class_names),
        "header": np.array(header),
        **factors,
    }


def _from_members(members: Mapping[str, np.ndarray], path: str) -> Dataset:
    labels = _class_numbers(members, "labels", path)
    derived_split = np.where(labels == UNLABELLED, "unlabelled", "labelled")
    split = members.get("split", derived_split).astype(str)
    given_truth = _class_numbers(members, "truth", path) if "truth" in members else labels
    for name, values in (("split", split), ("truth", given_truth)):
        if values.shape != labels.shape:
            raise InputError(f"{path}: {name} has shape {values.shape}, labels {labels.shape}; expected one each")
    seen = split == "labelled"
    return Dataset(
        images=members["images"].astype(np.float32, copy=False) if _is_float(members) else members["images"],
        labels=np.where(seen, labels, UNLABELLED),
        truth=np.where(seen, labels, given_truth),
        split=split,
        factors={name.removeprefix(FACTOR_PREFIX): members[name] for name in members if name.startswith(FACTOR_PREFIX)},
        class_names=tuple(members["class_names"].astype(str).ravel().tolist()),
        header=_header(members, path),
    )


def _is_float(members: Mapping[str, np.ndarray]) -> bool:
    return members["images"].dtype.kind == "f"


def _class_numbers(members: Mapping[str, np.ndarray], name: str, path: str) -> np.ndarray:
    values = members[name]
    if values.dtype.kind not in "iu":
        raise InputError(f"{path}: {name} are {values.dtype}; expected whole numbers, -1 for unlabelled")
    return values.astype(np.int64, copy=False)


def _header(members: Mapping[str, np.ndarray], path: str) -> dict:
    try:
        return dict(json.loads(str(members.get("header", "{}"))))
    except ValueError as error:
        raise InputError(f"{path}: header is not JSON ({error}); leave it out or make the file anew") from error
