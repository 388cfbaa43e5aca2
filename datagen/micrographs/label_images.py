"""Read label images, one whole number an object (Cellpose, ilastik, SAM), and the table that gives objects classes."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from datagen.csv_tables import rows_of, whole_number
from datagen.errors import InputError

# What programs add to a micrograph's name for its label image.
ENDINGS = ("", "_masks", "_mask", "_cp_masks", "_labels", "_label")
SUFFIXES = (".tif", ".tiff", ".png", ".npy")
COLUMNS = ("image", "object", "class")


def label_image_of(name: str, folder: Path) -> Path:
    """Find the label image of a micrograph in a folder; InputError naming it when there is none, or more than one."""
    stem = Path(name).stem
    found = [folder / f"{stem}{end}{suffix}" for end in ENDINGS for suffix in SUFFIXES]
    found = [path for path in found if path.exists()]
    if len(found) != 1:
        told = " and ".join(path.name for path in found) or "none"
        raise InputError(f"{folder}: {told} for {name}; expected one of {stem}.tif, {stem}_masks.png, {stem}.npy, ...")
    return found[0]


def read_label_image(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read a label image of a micrograph's shape; int64 [height, width], 0 for background.

    Raises InputError, naming the file and the remedy, for what is no image of whole numbers >= 0 of that shape.
    """
    values = _values(path)
    if values.shape != shape:
        raise InputError(f"{path}: has {_size(values.shape)} px; its micrograph has {_size(shape)}")
    if values.dtype.kind == "b" or (values.dtype.kind in "iu" and _is_binary(values)):
        raise InputError(f"{path}: tells objects from background alone; number them, as skimage.measure.label does")
    if values.dtype.kind not in "iu":
        raise InputError(f"{path}: holds {values.dtype}; expected whole numbers, one an object, 0 for background")
    if values.min() < 0:
        raise InputError(f"{path}: holds {values.min()}; expected whole numbers >= 0")
    if not values.any():
        raise InputError(f"{path}: holds no object, 0 alone")
    return values.astype(np.int64)


def read_classes(path: Path, micrographs: Collection[str]) -> dict[str, dict[int, str]]:
    """Read a table image,object,class; classes by an object's number, for each micrograph.

    Raises InputError, naming the file and line, for a micrograph that is not there, an object twice, or no number.
    """
    classes: dict[str, dict[int, str]] = {name: {} for name in micrographs}
    for row in rows_of(path, COLUMNS):
        name, number = row["image"], whole_number(row, "object")
        if name not in classes:
            raise InputError(f"{row.where}: {name!r} is not among the {len(classes)} micrographs")
        if number in classes[name]:
            raise InputError(f"{row.where}: object {number} of {name} has a class already")
        classes[name][number] = row["class"]
    return classes


def check_objects(path: Path, classes: Mapping[int, str], labels: np.ndarray, name: str) -> None:
    """Raise InputError, naming the table, for a class of an object that a label image does not hold."""
    absent = sorted(set(classes) - set(np.unique(labels).tolist()))
    if absent:
        raise InputError(f"{path}: {name} has no object {absent[0]}; {len(absent)} classes are of no object")


def _values(path: Path) -> np.ndarray:
    from PIL import Image
    from tifffile import imread

    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        if path.suffix in (".tif", ".tiff"):
            return imread(path)
        with Image.open(path) as image:
            return np.array(image)
    except Exception as error:  # each reader has errors of its own
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: is no label image ({reason}); expected {', '.join(SUFFIXES)}") from error


def _is_binary(values: np.ndarray) -> bool:
    """Tell a mask of 0 and 255 from one object of number 1."""
    return set(np.unique(values[:: max(1, len(values) // 512)]).tolist()) <= {0, 255} and bool((values == 255).any())


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
