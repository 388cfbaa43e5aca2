"""Figure 2: typical labelled and unlabelled images of each class, with the ranges of their factors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datagen.dataset import Dataset
from ssrvae.analysis.agreement import DATASET
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import as_grey, draw_tiles, tile_table
from ssrvae.figures.registry import figure_of_images

_IMAGES_PER_CLASS = 7
_RANGES = {
    "rotation_deg": ("rotation {:.0f} to {:.0f}°", 1.0),
    "shear_x_deg": ("shear {:.0f} to {:.0f}°", 1.0),
    "scale": ("scale {:.2f} to {:.2f}", 1.0),
    "shift_x": ("shift {:.0f} to {:.0f} % of the side", 100.0),
}


def draw_data(study: StudyResults) -> Still:
    """Draw the first images of each class of rotation_60, labelled on the left, unlabelled on the right."""
    dataset = study.images(DATASET)
    figure = new_figure(PAGE_WIDTH_IN, 2.5)
    parts = []
    for axes, split in zip(figure.subplots(1, 2), ("labelled", "unlabelled"), strict=True):
        part = dataset.part(split)
        described, tiles = _first_images(part)
        draw_tiles(axes, tiles, dataset.class_names, [""] * tiles.shape[1])
        axes.set_title(f"{split.capitalize()}, {len(part.images)} images\n{_ranges(part)}")
        parts.append(tile_table(described.assign(split=split), tiles))
    add_note(figure, [f"Data {DATASET}, first seed; ranges as found in the images drawn at random"])
    return Still(figure, pd.concat(parts, ignore_index=True))


def _first_images(part: Dataset) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the descriptions and the tiles [classes, images, h, w] of each class's first images."""
    chosen = [np.flatnonzero(part.truth == k)[:_IMAGES_PER_CLASS] for k in range(len(part.class_names))]
    shown = min(len(rows) for rows in chosen)
    rows = np.array([class_rows[:shown] for class_rows in chosen])
    factors = {name: values[rows.ravel()] for name, values in part.factors.items()}
    class_of_tile = np.repeat(part.class_names, shown)
    described = pd.DataFrame({"class": class_of_tile, "row_of_split": rows.ravel(), **factors})
    return described, as_grey(part.images[rows])


def _ranges(part: Dataset) -> str:
    """Write the ranges of the factors; a factor that does not vary or is not known is left out."""
    found = {name: part.factors[name] for name in _RANGES if name in part.factors and np.ptp(part.factors[name])}
    words = [_write_range(name, values) for name, values in found.items()]
    return ",\n".join(filter(None, [", ".join(words[:2]), ", ".join(words[2:])]))


def _write_range(name: str, values: np.ndarray) -> str:
    text, factor = _RANGES[name]
    return text.format(factor * values.min(), factor * values.max()).replace("-", "−")


FIGURES = (
    figure_of_images(
        "fig2_data",
        draw_data,
        """
            Paper, Fig. 2: card suits as labelled images (weak rotation, no shift) and as unlabelled images (strong
            rotation and shift), first images of each class of the data set ``rotation_60``.
            """,
    ),
)
