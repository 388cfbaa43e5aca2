"""The table of objects and their patches, as files hold them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datagen.npz import read_npz
from ssrvae.base.files import read_parquet
from ssrvae.library.damage import damage_told

if TYPE_CHECKING:
    import pandas as pd

WHERE = ("source", "object", "row", "column")
READ = ("class", "probability", "stranger", "familiarity", "angle_deg", "shift_x_px", "shift_y_px", "style_1")
MEASURED = ("area_px", "diameter_nm", "on_border", "outline")


def read_object_table(objects: Path, patches: Path, remedy: str) -> tuple["pd.DataFrame", np.ndarray]:
    """Read a table [n] and its patches [n, side, side]; raises InputError, with the remedy, unless whole and alike."""
    with damage_told(objects, remedy):
        table = read_parquet(objects)
    with damage_told(patches, remedy):
        images = read_npz(patches)["images"]
        if images.shape != (len(table), *images.shape[-1:] * 2):
            raise ValueError(f"{len(table)} objects, patches of shape {images.shape}")
    return table, images


def check_columns(table: "pd.DataFrame", classes: Sequence[str]) -> None:
    """Raise ValueError for a table that lacks a column, or has a class that is none of the library's."""
    for column in (*WHERE, *READ, *MEASURED, *(f"p_{name}" for name in classes)):
        if column not in table:
            raise ValueError(f"it has no column {column!r}")
    for name in table["class"].unique():
        if name not in classes:
            raise ValueError(f"it has a class {name!r}, the library {', '.join(classes)}")
