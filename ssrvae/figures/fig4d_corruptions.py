"""Figure 4d: test images under Gaussian noise and under contamination of growing density and intensity."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from datagen.corruption import add_noise, contaminate
from datagen.dataset import Dataset
from ssrvae.analysis.agreement import DATASET
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import as_grey, draw_tiles, tile_table
from ssrvae.figures.registry import figure_of_images

_SEED = 0


class Corruption(NamedTuple):
    """One panel: its title, its levels with their label, and what a level does to images [n, h, w]."""

    title: str
    level_label: str
    levels: tuple[float, ...]
    corrupt: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


_CORRUPTIONS = (
    Corruption(
        "Gaussian noise",
        AXIS_LABELS["noise_sigma"],
        (0.1, 0.4, 1.0, 3.0),
        lambda images, level, rng: add_noise(images, level, rng),
    ),
    Corruption(
        "Contamination, intensity 1",
        AXIS_LABELS["contamination_density"],
        (0.02, 0.1, 0.25, 0.5),
        lambda images, level, rng: contaminate(images, level, 1.0, "set", rng),
    ),
    Corruption(
        "Contamination, density 0.25",
        AXIS_LABELS["contamination_intensity"],
        (0.1, 0.3, 0.6, 1.0),
        lambda images, level, rng: contaminate(images, 0.25, level, "set", rng),
    ),
)


def draw_corruptions(study: StudyResults) -> Still:
    """Draw one test image of each class of rotation_60 under each corruption's levels."""
    test = study.images(DATASET).part("test")
    rows = _first_of_each_class(test)
    figure = new_figure(PAGE_WIDTH_IN, 2.95)
    parts: list[pd.DataFrame] = []
    for axes, corruption in zip(figure.subplots(1, len(_CORRUPTIONS)), _CORRUPTIONS, strict=True):
        tiles = _corrupted(test.images[rows], corruption)
        names = test.class_names if not parts else [""] * len(rows)
        draw_tiles(axes, tiles, names, [f"{level:g}" for level in corruption.levels])
        axes.set(title=corruption.title, xlabel=corruption.level_label)
        parts.append(_described(tiles, corruption, test, rows))
    add_note(figure, [f"Test images of {DATASET}; grey values outside 0 to 1 are drawn as black or white"])
    return Still(figure, pd.concat(parts, ignore_index=True))


def _first_of_each_class(test: Dataset) -> np.ndarray:
    return np.array([np.flatnonzero(test.truth == k)[0] for k in range(len(test.class_names))])


def _corrupted(images: np.ndarray, corruption: Corruption) -> np.ndarray:
    """Return tiles [images, levels, h, w]; every level draws the same random numbers, so only it differs."""
    stacks = [corruption.corrupt(images, level, np.random.default_rng(_SEED)) for level in corruption.levels]
    return as_grey(np.stack(stacks, axis=1))


def _described(tiles: np.ndarray, corruption: Corruption, test: Dataset, rows: np.ndarray) -> pd.DataFrame:
    n_levels = len(corruption.levels)
    described = pd.DataFrame(
        {
            "corruption": corruption.title,
            "class": np.repeat(test.class_names, n_levels),
            "row_of_test": np.repeat(rows, n_levels),
            "level": np.tile(corruption.levels, len(rows)),
        }
    )
    return tile_table(described, tiles)


FIGURES = (
    figure_of_images(
        "fig4d_corruptions",
        draw_corruptions,
        """
            Paper, Fig. 4d: one test image of each class under Gaussian noise and contaminated pixels, at levels of
            Figs. 4e and f.
            """,
    ),
)
