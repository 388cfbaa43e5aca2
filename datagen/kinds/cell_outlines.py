"""Outlines of mouse osteosarcoma cells, filled: untreated, or with a drug that disturbs the cytoskeleton.

650 cells of two lines, with cytochalasin D (cytd), jasplakinolide (jasp) or neither (control), from the package
geomstats (N. Miolane et al., JMLR 21, 2020; MIT).
"""

import zipfile
from pathlib import Path

import numpy as np

from datagen.errors import InputError
from datagen.external import checked
from datagen.image_sets.turned_images import LabelledImages, turned_images_kind
from datagen.micrographs.mask_patches import orientation
from datagen.micrographs.object_masks import ObjectMask
from datagen.micrographs.patches import turn_upright
from datagen.package_archive import PackageArchive

GEOMSTATS = PackageArchive(
    name="geomstats",
    version="2.8.0",
    filename="geomstats-2.8.0-py3-none-any.whl",
    sha256="bd167c944586cb822c4cd6466fd70fc0819f6eb9a8c0e3de4971de4033ff4276",
    holds="the outlines of cells",
)
TREATMENTS = ("control", "cytd", "jasp")
MEMBERS = {part: f"geomstats/datasets/data/cells/{part}.txt" for part in ("cells", "treatments")}
SIDE_PX = 64
# One scale for all, so that size counts; the widest cell spans 454 px of the micrographs.
REDUCED = 7
FINE = 4  # drawn so many times finer, then averaged


def read_cell_outlines(archive: Path) -> LabelledImages:
    """Read the outlines from the package's archive (datagen.external.fetch), each once, and fill them, long axis level.

    Raises InputError when they are not in there.
    """
    outlines, treatments = (_read(archive, member) for member in MEMBERS.values())
    cells = [np.array(each.split(), dtype=np.float64).reshape(-1, 2) for each in outlines.split("\n\n") if each.strip()]
    truth = np.array([TREATMENTS.index(name) for name in treatments.split()], dtype=np.int64)
    _, first = np.unique([each.tobytes() for each in cells], return_index=True)
    kept = np.sort(first)
    images = np.stack([_filled(cells[index]) for index in kept])
    lying = np.array([orientation(ObjectMask(0, 0, image > 0.5)) for image in images])
    return LabelledImages(np.clip(turn_upright(images, lying), 0, 1), truth[kept], TREATMENTS)


def _filled(outline: np.ndarray) -> np.ndarray:
    """Draw an outline [n, 2] (x, y) in the middle of an image; float32 [SIDE_PX, SIDE_PX]."""
    from skimage.draw import polygon2mask

    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    side = FINE * SIDE_PX
    corners = (outline - middle) * FINE / REDUCED + (side - 1) / 2
    mask = polygon2mask((side, side), corners[:, ::-1])
    return mask.reshape(SIDE_PX, FINE, SIDE_PX, FINE).mean(axis=(1, 3)).astype(np.float32)


def _read(archive: Path, member: str) -> str:
    try:
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member).decode()
    except (OSError, KeyError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise InputError(f"{archive}: holds no readable {member} ({error}); delete it and fetch it anew") from error


KIND = turned_images_kind(
    "cell_outlines",
    "filled outlines of cells, turned",
    TREATMENTS,
    lambda external: read_cell_outlines(checked(GEOMSTATS, external)),
    archive=GEOMSTATS,
)
