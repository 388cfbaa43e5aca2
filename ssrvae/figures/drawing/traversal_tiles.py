"""What a model draws along its style variables, as tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ssrvae.figures.drawing.tiles import draw_tiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE_LIMIT = 2.0


def draw_traversal(axes: Axes, traversal: np.ndarray, class_names: list[str]) -> None:
    """Draw one snapshot [classes, style variables, steps, h, w]: a row a class and style variable."""
    n_classes, n_styles, n_steps, height, width = traversal.shape
    rows = [f"{name}  $z_{j + 1}$" for name in class_names for j in range(n_styles)]
    columns = [f"{value:.2g}".replace("-", "−") for value in style_values(n_steps)]
    draw_tiles(axes, traversal.reshape(n_classes * n_styles, n_steps, height, width), rows, columns)
    axes.set_xlabel("Style value (prior standard deviations)")


def style_values(n_steps: int) -> np.ndarray:
    """Return the style values of a traversal's steps."""
    return np.linspace(-STYLE_LIMIT, STYLE_LIMIT, n_steps)
