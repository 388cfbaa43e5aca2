"""Class averages: the mean test object of each class, turned to fit the most typical of the labelled ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.shown import EXEMPLAR, averaged_sets
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import as_grey, draw_tiles, tile_table
from ssrvae.figures.registry import Figure
from ssrvae.study.jobs.class_averages import ClassAverages

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ssrvae.study.result_files import ResultFiles

_COLUMNS = 2
_HEIGHT_IN = 2.05
_ROWS = ("medoid", "turned", "as_they_lie")


def draw_class_averages(study: StudyResults) -> Still:
    """Draw a panel a data set, a column a class: its medoid, and the mean of its test objects, turned and not."""
    datasets = averaged_sets(study.plan)
    found = {name: averages for name in datasets if (averages := study.class_averages(name, EXEMPLAR))}
    trouble = [f"{name}, {said}" for name in datasets if (said := study.runs(name, EXEMPLAR).failures())]
    if not found:
        nothing = pd.DataFrame(columns=["dataset", "seed", "class", "images", "hits", "drawn"])
        return missing_still(PAGE_WIDTH_IN, 2.5, "; ".join(trouble) or "no class averages", nothing)
    n_rows = -(-len(found) // _COLUMNS)
    figure = new_figure(PAGE_WIDTH_IN, 0.5 + _HEIGHT_IN * n_rows)
    panels = figure.subplots(n_rows, min(_COLUMNS, len(found)), squeeze=False).ravel()
    for axes, name in zip(panels, found, strict=False):
        _draw_set(axes, found[name][1])
        axes.set_title(name)
    for axes in panels[len(found) :]:
        axes.set_visible(False)
    rows = "From top to bottom: the labelled object of each class that its others fit best, the mean of the objects"
    turned = "taken for that class, turned and mirrored to fit it, and their mean as they lie"
    n = "n: how many they are, and the share of them that are of that class"
    seeds = ", ".join(sorted({str(seed) for seed, _ in found.values()}))
    add_note(figure, [f"{rows} {turned}", n, f"Seed {seeds}", *trouble])
    return Still(figure, _drawn(found))


def _draw_set(axes: Axes, averages: ClassAverages) -> None:
    counts = [
        f"{name}\nn = {images}" + (f"\n{hits / images:.0%}" if images else "")
        for name, images, hits in zip(averages.class_names, averages.images, averages.hits, strict=True)
    ]
    draw_tiles(axes, _tiles(averages), [""] * len(_ROWS), counts)
    axes.tick_params(axis="x", labelsize=5.5)
    axes.set_anchor("N")


def _tiles(averages: ClassAverages) -> np.ndarray:
    """Give the tiles [rows, K, side, side] uint8; a class that no image is taken for is black."""
    return as_grey(np.nan_to_num(np.stack([getattr(averages, row) for row in _ROWS])))


def _drawn(found: dict[str, tuple[int, ClassAverages]]) -> pd.DataFrame:
    parts = []
    for name, (seed, averages) in found.items():
        counts = pd.DataFrame({"class": averages.class_names, "images": averages.images, "hits": averages.hits})
        described = pd.concat([counts.assign(drawn=row) for row in _ROWS])
        table = tile_table(described, _tiles(averages).reshape(-1, *averages.turned.shape[1:]))
        parts.append(table.assign(dataset=name, seed=seed))
    joined = pd.concat(parts, ignore_index=True)
    return joined[["dataset", "seed", *joined.columns.drop(["dataset", "seed"])]]


def _inputs(files: ResultFiles) -> Iterator[Path]:
    yield files.table("accuracy")
    for name in averaged_sets(files.plan):
        yield from map(files.class_averages, files.first_runs(name, EXEMPLAR))


FIGURES = (
    Figure(
        name="objects_class_averages",
        draw=draw_class_averages,
        is_planned=lambda plan: bool(averaged_sets(plan)),
        inputs=_inputs,
        caption="""
            Class averages by the exemplar model, of the study's first seed: of each class the labelled object that its
            others fit best (its medoid), the mean of the test objects taken for that class, turned and mirrored to fit
            it, and the mean of the same ones as they lie. Objects are moved to their centres of mass. Below: how many
            they are, and the share of them that are of that class.
            """,
    ),
)
