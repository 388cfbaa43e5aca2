"""How fast a cost grows: the exponent of size that fits it, and where it grows faster than the size itself."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

SUPERLINEAR = 1.15
"""An exponent from here on is called superlinear; less is within what timings scatter by."""


def fitted_slope(sizes: ArrayLike, costs: ArrayLike) -> float:
    """Fit cost = a * size^slope by least squares on logarithms; NaN for fewer than two different sizes."""
    if len(np.unique(sizes)) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def slopes_table(table: pd.DataFrame) -> pd.DataFrame:
    """Fit every line (axis, work, threads) of a growth table: slope over all sizes and between the last two.

    A fixed cost hides growth at small sizes, so the last slope decides as well what is superlinear.
    """
    rows = []
    for (axis, work, threads), line in table.groupby(["axis", "work", "threads"], sort=False):
        points = line.sort_values("size")
        whole, last = (fitted_slope(part["size"], part["seconds"]) for part in (points, points.tail(2)))
        memory = fitted_slope(points["size"], points["peak_mb"].clip(lower=1))
        rows.append((axis, work, threads, whole, last, memory, max(whole, last) >= SUPERLINEAR))
    columns = ["axis", "work", "threads", "slope", "last_slope", "memory_slope", "is_superlinear"]
    return pd.DataFrame(rows, columns=columns)
