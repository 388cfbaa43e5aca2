"""Grids of small grey images in one panel, and the table of their pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP_PX = 2


def as_grey(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return images of grey values as bytes, 0 to 255 for 0 to 1; values outside are clipped."""
    return np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)


def draw_tiles(axes: Axes, tiles: NDArray[np.uint8], row_labels: Sequence[str], column_labels: Sequence[str]) -> None:
    """Draw tiles [rows, columns, height, width] white on black with white gaps, labelled at their centres."""
    rows, columns, height, width = tiles.shape
    framed = np.pad(tiles, [(0, 0), (0, 0), (0, _GAP_PX), (0, _GAP_PX)], constant_values=255)
    image = framed.transpose(0, 2, 1, 3).reshape(rows * (height + _GAP_PX), columns * (width + _GAP_PX))
    axes.imshow(image[:-_GAP_PX, :-_GAP_PX], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_xticks(np.arange(columns) * (width + _GAP_PX) + width / 2, column_labels)
    axes.set_yticks(np.arange(rows) * (height + _GAP_PX) + height / 2, row_labels)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def tile_table(described: pd.DataFrame, tiles: NDArray[np.uint8]) -> pd.DataFrame:
    """Return one row a tile: its description, then its pixels row by row as pixel_0, pixel_1, ... (0 to 255).

    `tiles` [..., height, width] are in the order of `described`'s rows.
    """
    pixels = tiles.reshape(len(described), -1)
    names = [f"pixel_{i}" for i in range(pixels.shape[1])]
    return pd.concat([described.reset_index(drop=True), pd.DataFrame(pixels, columns=names)], axis=1)
