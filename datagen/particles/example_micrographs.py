"""Write a whole micrograph with its truth, to try a classifier on: simulated, or the real one that can be fetched."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datagen.errors import InputError
from datagen.external import FOLDER, checked
from datagen.files import write_whole
from datagen.particles import EXAMPLES
from datagen.particles.nanogold import NM_PER_PIXEL, PYPARTY, read_nanogold
from datagen.particles.simulated import Scene, simulate
from datagen.seeds import generator

if TYPE_CHECKING:
    import pandas as pd


def write_example(source: str, folder: Path, seed: int = 0, external: Path = FOLDER) -> tuple[Path, Path]:
    """Write `<source>.tif`, 16 bits with its scale in nm, and `<source>.csv`, a row an object; returns both paths.

    Columns: object, row, column (centroid, px), area_px; of a simulated one particles and geometry, of the real one
    size and peaks, its two label sets. `seed` is the simulation's. Raises InputError for another source, for the
    real micrograph that was not fetched, and for a folder that cannot be written to.
    """
    if source not in EXAMPLES:
        raise InputError(f"there is no example {source!r}; allowed are {', '.join(EXAMPLES)}")
    if source == "simulated":
        pixels, objects, labels, nm_per_pixel = _simulated(seed)
    else:
        pixels, objects, labels, nm_per_pixel = _nanogold(external)
    image, table = folder / f"{source}.tif", folder / f"{source}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_tiff(pixels, nm_per_pixel, image)
        _table(objects, labels).to_csv(table, index=False)
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror or error}") from error
    return image, table


def _simulated(seed: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], float]:
    drawn = simulate(Scene(), generator(seed, "example micrograph"))
    return drawn.pixels, drawn.objects, {"particles": drawn.particles, "geometry": drawn.geometry}, drawn.nm_per_pixel


def _nanogold(external: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], float]:
    real = read_nanogold(checked(PYPARTY, external))
    return real.pixels, real.objects, {"size": real.sizes, "peaks": real.peaks}, NM_PER_PIXEL


def _write_tiff(pixels: np.ndarray, nm_per_pixel: float, path: Path) -> None:
    from tifffile import imwrite

    values = np.round(pixels * np.iinfo(np.uint16).max).astype(np.uint16)
    resolution, metadata = (1 / nm_per_pixel, 1 / nm_per_pixel), {"unit": "nm"}
    write_whole(path, lambda part: imwrite(part, values, imagej=True, resolution=resolution, metadata=metadata))


def _table(objects: np.ndarray, labels: dict[str, np.ndarray]) -> "pd.DataFrame":
    import pandas as pd
    from skimage.measure import regionprops

    properties = regionprops(objects)
    centres = np.array([each.centroid for each in properties])
    area = np.array([each.area for each in properties]).astype(np.int64)
    numbers = [each.label for each in properties]
    columns = {"object": numbers, "row": centres[:, 0], "column": centres[:, 1], "area_px": area}
    return pd.DataFrame(columns | labels).round({"row": 2, "column": 2})
