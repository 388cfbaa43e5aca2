"""Reconstructions: test images, and what the models draw from the class, style and pose that they read in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import method_label
from ssrvae.analysis.shown import MARGINAL, POSE_METHODS, pose_dataset
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import as_grey, draw_tiles, tile_table
from ssrvae.figures.registry import figure_of_poses
from ssrvae.study.jobs.pose_readings import Readings

_MOST_COLUMNS = 16
_IMAGE = "test image"


def draw_reconstructions(study: StudyResults) -> Still:
    """Draw a panel a class: test images, then a row a method that has readings, the marginal-pose model first."""
    dataset, methods = pose_dataset(study.plan), sorted(POSE_METHODS, key=lambda method: method != MARGINAL)
    found = _of_one_seed({method: study.readings(dataset, method) for method in methods})
    trouble = [study.runs(dataset, method).failures() for method in methods]
    if found is None:
        reason = "; ".join(filter(None, trouble)) or "no readings of a finished run"
        return missing_still(PAGE_WIDTH_IN, 2.5, reason, pd.DataFrame(columns=["drawn", "class", "row_of_test"]))
    seed, readings = found
    panels = _panels(readings)
    figure = new_figure(PAGE_WIDTH_IN, 0.65 + 0.38 * (1 + len(readings)))
    for axes, (name, (_, tiles)) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        labels = [_IMAGE, *map(method_label, readings)] if axes is figure.axes[0] else [""] * len(tiles)
        draw_tiles(axes, tiles, labels, [""] * tiles.shape[1])
        axes.set_title(name)
    drawn_from = "First test images of each class, drawn again from the class, style and pose that each model reads"
    add_note(figure, [drawn_from, f"Data {dataset}, seed {seed}", *trouble])
    return Still(figure, _drawn(list(readings), panels))


def _of_one_seed(readings: Mapping[str, Mapping[int, Readings]]) -> tuple[int, dict[str, Readings]] | None:
    """Return the first of the seeds that most methods have, since each seed has its own images, and its readings."""
    seeds = sorted({seed for own in readings.values() for seed in own})
    if not seeds:
        return None
    seed = max(seeds, key=lambda seed: (sum(seed in own for own in readings.values()), -seed))
    return seed, {method: own[seed] for method, own in readings.items() if seed in own}


def _panels(readings: Mapping[str, Readings]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return by class name the rows and tiles [1 + methods, images, h, w] of test images that all readings show."""
    first = next(iter(readings.values()))
    common = reduce(np.intersect1d, [own.shown for own in readings.values()])
    most = max(1, _MOST_COLUMNS // len(first.class_names))
    panels = {}
    for k, name in enumerate(first.class_names):
        rows = common[first.truth[common] == k][:most]
        drawn = [first.image[np.searchsorted(first.shown, rows)]]
        drawn += [own.reconstruction[np.searchsorted(own.shown, rows)] for own in readings.values()]
        panels[str(name)] = rows, as_grey(np.stack(drawn))
    return panels


def _drawn(methods: list[str], panels: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    parts = []
    for name, (rows, tiles) in panels.items():
        levels = pd.MultiIndex.from_product([[_IMAGE, *methods], rows], names=["drawn", "row_of_test"])
        parts.append(tile_table(levels.to_frame().assign(**{"class": name}), tiles))
    return pd.concat(parts, ignore_index=True)


FIGURES = (
    figure_of_poses(
        "reconstructions",
        draw_reconstructions,
        POSE_METHODS,
        """
            The first test images of each class, and what the marginal-pose model and the ss-rVAE draw from the class,
            style and pose that they read in them; data set ``rotation_180`` where the study has it, else
            ``rotation_60``.
            """,
    ),
)
