"""Figures 4a and 4f: accuracy over two factors of the fitted ss-rVAE and, where it is tested, the marginal-pose model,
the paper's panel beside ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD, PANELS, grid_accuracy, grid_panel, paper_panel, shared_cells
from ssrvae.analysis.method_styles import method_label
from ssrvae.analysis.shown import MARGINAL, repeats
from ssrvae.analysis.summary import accuracy_floor
from ssrvae.figures.drawing.annotation import add_note, against_paper, mean_of_seeds, say_missing
from ssrvae.figures.drawing.heatmaps import add_color_bar, draw_map
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import ACCURACY_MAP, DIFFERENCE_MAP, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ssrvae.study.result_files import ResultFiles

_BAR_WIDTH = 0.05
_GAP_WIDTH = 0.04


def _draw_beside_paper(study: StudyResults, name: str) -> Still:
    """Draw the paper's map, ours and their difference: of each cell the mean accuracy of the seeds in stress.csv."""
    y, x = PANELS[name].factors
    stress, paper = study.table("stress"), paper_panel(name, study.reference)
    ours = {METHOD: grid_panel(stress, name)}
    if len(marginal := grid_panel(stress, name, MARGINAL)):
        ours[MARGINAL] = marginal
    both = shared_cells(ours[METHOD], paper, PANELS[name].factors, "accuracy")
    figure = new_figure(PAGE_WIDTH_IN, 2.7)
    # The maps of accuracy, their colour bar, a gap that keeps its label from the next map, the difference, its bar.
    widths = [1.0] * (1 + len(ours)) + [_BAR_WIDTH, _GAP_WIDTH, 1.0, _BAR_WIDTH]
    *maps, bar, gap, difference, difference_bar = figure.subplots(1, len(widths), width_ratios=widths)
    gap.set_visible(False)
    limits = accuracy_floor(pd.concat([paper, *ours.values()])["accuracy"]), 1.0
    draw_map(maps[0], paper, x, y, "accuracy", cmap=ACCURACY_MAP, limits=limits)
    maps[0].set_title(f"Paper, Fig. {name.removeprefix('fig')}")
    for axes, (method, cells) in zip(maps[1:], ours.items(), strict=True):
        _draw_ours(axes, cells, x, y, limits, f"Ours,\n{method_label(method)}" if len(ours) > 1 else "Ours")
    _draw_difference(difference, both, x, y, f"{method_label(METHOD)}\n− paper" if len(ours) > 1 else "Ours − paper")
    for axes in (*maps, difference):
        axes.set_xlabel(axes.get_xlabel().replace(" (", "\n("))
        axes.tick_params(axis="x", labelsize=6.5)
    for axes in (*maps[1:], difference):
        axes.set_ylabel("")
        axes.tick_params(labelleft=_levels(axes) != _levels(maps[0]))
    add_color_bar(bar, maps, "Accuracy")
    add_color_bar(difference_bar, [difference], "Difference in accuracy")
    notes = [note for method in ours for note in _run_notes(study, stress, name, method)]
    add_note(figure, [*notes, against_paper(both)])
    return Still(figure, _drawn(paper, ours, both))


def _levels(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def _draw_ours(axes: Axes, ours: pd.DataFrame, x: str, y: str, limits: tuple[float, float], title: str) -> None:
    if ours["accuracy"].notna().any():
        draw_map(axes, ours, x, y, "accuracy", cmap=ACCURACY_MAP, limits=limits)
    else:
        say_missing(axes, "no finished run of this stress grid")
    axes.set_title(title)


def _draw_difference(axes: Axes, both: pd.DataFrame, x: str, y: str, title: str) -> None:
    if both.empty:
        say_missing(axes, "no cell in common with the paper's panel")
        return
    largest = max(0.05, float(np.ceil(20 * both["difference"].abs().max()) / 20))
    draw_map(axes, both, x, y, "difference", cmap=DIFFERENCE_MAP, limits=(-largest, largest))
    axes.set_title(title)


def _run_notes(study: StudyResults, stress: pd.DataFrame, name: str, method: str) -> list[str]:
    rows = grid_accuracy(stress, PANELS[name].grid)
    rows = rows[rows["method"] == method]
    seeds, missing = rows.dropna(subset="value")["seed"].nunique(), int(rows["value"].isna().sum())
    images = f" and {n:g} images a cell" if (n := rows["n"].max()) > 0 else ""
    ours = f"Ours, {study.model_name(DATASET, method)}: trained on {DATASET}, {mean_of_seeds(seeds)}{images}"
    failed = f"{missing} of {len(rows)} grid points missing (all seeds together)" if missing else ""
    return [ours, failed, study.runs(DATASET, method).trouble()]


def _drawn(paper: pd.DataFrame, ours: Mapping[str, pd.DataFrame], both: pd.DataFrame) -> pd.DataFrame:
    difference = both.drop(columns=["ours", "paper"]).rename(columns={"difference": "value"})
    parts = [
        paper.rename(columns={"accuracy": "value"}).assign(panel="paper"),
        *(
            cells.rename(columns={"accuracy": "value"}).assign(panel="ours", method=name)
            for name, cells in ours.items()
        ),
        difference.assign(panel="difference", method=METHOD),
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _inputs(files: ResultFiles) -> Iterator[Path]:
    yield from (files.table("accuracy"), files.table("stress"))
    yield from map(files.metrics, files.runs(DATASET, METHOD, MARGINAL))


def _map(name: str, panel: str, caption: str) -> Figure:
    return Figure(
        name=name,
        draw=lambda study: _draw_beside_paper(study, panel),
        is_planned=lambda plan: repeats(plan, PANELS[panel]),
        inputs=_inputs,
        caption=caption,
    )


FIGURES = (
    _map(
        "fig4a_shear_rotation",
        "fig4a",
        """
            Paper, Fig. 4a: accuracy of the ss-rVAE, and of the marginal-pose model where the study tests it, trained on
            ``rotation_60``, on new images of other shear and rotation ranges, beside the paper's digitised panel.
            ``tables/agreement.csv`` says how close the ss-rVAE comes to it.
        """,
    ),
    _map(
        "fig4f_contamination",
        "fig4f",
        """
            Paper, Fig. 4f: accuracy of the ss-rVAE, and of the marginal-pose model where the study tests it, trained on
            clean images, against the share of contaminated pixels and their intensity, beside the paper's digitised
            panel.
        """,
    ),
)
