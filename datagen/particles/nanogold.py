"""The gold-nanoparticle micrograph of the package pyparty (SEM, 1 kV, 2.78 nm a pixel), its objects and their classes.

A. Hughes, pyparty 0.3.0, BSD-3-Clause; its loader says "released for public distribution". One micrograph, one case.
Its labels are sizes, not counts by a person, so an independent count of intensity peaks stands beside them.
"""

import io
import tarfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.package_archive import PackageArchive

PYPARTY = PackageArchive(
    name="pyparty",
    version="0.3.0",
    filename="pyparty-0.3.0.tar.gz",
    sha256="557620943c35f811d3f1dd1d048469a42e295e9f7a23882ce45662c89e1c3b94",
    holds="the gold-nanoparticle micrograph",
)
NM_PER_PIXEL = 2.78
MEMBERS = {name: f"pyparty-0.3.0/pyparty/data/{name}.tif" for name in ("nanogold", "nanolabels")}
MIN_AREA_PX = 31
LARGEST_CLASS = 4
# A particle is about 10 px wide: two peaks nearer than 3 px are noise.
PEAK_SMOOTHING_PX = 0.8
PEAK_DISTANCE_PX = 3


class Nanogold(NamedTuple):
    """pixels [614, 1012] float32 in [0, 1]; objects [614, 1012] int32, 0 or 1..n; sizes, peaks [n] in 1..4.

    sizes: the package's size classes (single, double, triple, larger); peaks: intensity maxima, 4 for more.
    """

    pixels: np.ndarray
    objects: np.ndarray
    sizes: np.ndarray
    peaks: np.ndarray


def read_nanogold(archive: Path) -> Nanogold:
    """Read the micrograph from the package's archive (datagen.external.fetch); InputError when it is not in there."""
    pixels, classes = (_read_member(archive, member) for member in MEMBERS.values())
    grey = (pixels / 255).astype(np.float32)
    objects, sizes = label_objects(classes.astype(np.int64))
    return Nanogold(grey, objects, sizes, count_peaks(grey, objects))


def label_objects(classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the 8-connected regions of one class with at least MIN_AREA_PX pixels; int32 [h, w] and classes [n]."""
    from skimage.measure import label

    # label() parts neighbours of different value and leaves 0 out.
    regions = label(classes, connectivity=2)
    areas = np.bincount(regions.ravel())
    kept = np.flatnonzero(areas >= MIN_AREA_PX)
    kept = kept[kept > 0]
    lookup = np.zeros(len(areas), dtype=np.int32)
    lookup[kept] = np.arange(1, len(kept) + 1)
    objects = lookup[regions]
    sizes = np.zeros(len(kept) + 1, dtype=np.int64)
    sizes[objects] = classes
    return objects, sizes[1:]


def count_peaks(pixels: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Count the intensity maxima in each object, at least 1 and at most LARGEST_CLASS; [n]."""
    from scipy.ndimage import gaussian_filter
    from skimage.feature import peak_local_max

    smooth = gaussian_filter(pixels, PEAK_SMOOTHING_PX)
    rows, columns = peak_local_max(smooth, min_distance=PEAK_DISTANCE_PX, exclude_border=False).T
    counts = np.bincount(objects[rows, columns], minlength=objects.max() + 1)[1:]
    return np.clip(counts, 1, LARGEST_CLASS)


def _read_member(archive: Path, member: str) -> np.ndarray:
    from PIL import Image

    try:
        with tarfile.open(archive) as tar:
            stored = tar.extractfile(member)
            if stored is None:
                raise KeyError(member)
            return np.asarray(Image.open(io.BytesIO(stored.read())))
    except (OSError, KeyError, tarfile.TarError) as error:
        raise InputError(f"{archive}: holds no readable {member} ({error}); delete it and fetch it anew") from error
