"""Stress grids of the marginal-pose model, those of the ss-rVAE beside them where a grid tests both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import METHOD, PANELS, grid_panel
from ssrvae.analysis.method_styles import MethodStyle, method_label
from ssrvae.analysis.shown import MARGINAL, stresses
from ssrvae.analysis.summary import accuracy_floor, interval_note
from ssrvae.figures.drawing.accuracy_lines import draw_lines, noise_accuracy, scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, missing_still, say_missing
from ssrvae.figures.drawing.heatmaps import add_color_bar, draw_map
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import ACCURACY_MAP, AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes
    from matplotlib.gridspec import GridSpec

_MAPS = ("fig4a", "fig4f")
_CURVE = PANELS["fig4e"]
_BAR_WIDTH = 0.05
_CURVE_WIDTH = 1.25


def draw_marginal_stress(study: StudyResults) -> Still:
    """Draw accuracy over each grid that tests the marginal-pose model: maps of two factors, lines over noise."""
    stress = study.table("stress")
    maps = {name: cells for name in _MAPS if len(cells := _map_cells(stress, name))}
    curve = _noise_curve(stress)
    parts = [cells.assign(grid=PANELS[name].grid) for name, cells in maps.items()]
    data = pd.concat([*parts, curve.assign(grid=_CURVE.grid)], ignore_index=True)
    height_in = 0.55 + 2.2 * max(1, len(maps))
    if data.empty:
        return missing_still(PAGE_WIDTH_IN, height_in, f"{method_label(MARGINAL)}: tested by no stress grid", data)
    figure = new_figure(PAGE_WIDTH_IN, height_in)
    methods = [
        method for method in (METHOD, MARGINAL) if any(method in set(cells["method"]) for cells in maps.values())
    ]
    widths = [1.0] * len(methods) + [_BAR_WIDTH] * bool(maps) + [_CURVE_WIDTH] * bool(len(curve))
    layout = figure.add_gridspec(max(1, len(maps)), len(widths), width_ratios=widths)
    _draw_maps(figure, layout, maps, methods)
    if len(curve):
        _draw_curve(figure.add_subplot(layout[:, -1]), curve, study.styles(curve["method"]))
    add_note(
        figure, ["Mean over seeds of models fitted to clean images", interval_note(curve), *_failures(stress, data)]
    )
    return Still(figure, data)


def _map_cells(stress: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the cells of a panel's grid, method by method; empty where it does not test the marginal-pose model."""
    cells = {method: grid_panel(stress, name, method).assign(method=method) for method in (METHOD, MARGINAL)}
    return pd.concat([own for own in cells.values() if len(own)]) if len(cells[MARGINAL]) else cells[MARGINAL]


def _noise_curve(stress: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy of every method by noise; empty where the grid does not test the marginal-pose model."""
    curve = noise_accuracy(stress)
    return curve if MARGINAL in set(curve["method"]) else curve.iloc[:0]


def _draw_maps(
    figure: matplotlib.figure.Figure, layout: GridSpec, maps: dict[str, pd.DataFrame], methods: list[str]
) -> None:
    """Draw a row a grid and a column a method on one colour scale, and its bar in the next column."""
    if not maps:
        return
    limits = (accuracy_floor(pd.concat(maps.values())["accuracy"]), 1.0)
    panels = []
    for row, (name, cells) in enumerate(maps.items()):
        y, x = PANELS[name].factors
        for column, method in enumerate(methods):
            own = cells[cells["method"] == method]
            if own.empty:
                continue
            panels.append(axes := figure.add_subplot(layout[row, column]))
            if own["accuracy"].isna().all():
                say_missing(axes, "no finished run of this stress grid")
            else:
                draw_map(axes, own, x, y, "accuracy", cmap=ACCURACY_MAP, limits=limits)
            axes.set(title=method_label(method), ylabel=axes.get_ylabel() if column == 0 else "")
    add_color_bar(figure.add_subplot(layout[:, len(methods)]), panels, "Accuracy")


def _draw_curve(axes: Axes, curve: pd.DataFrame, styles: dict[str, MethodStyle]) -> None:
    (sigma,) = _CURVE.factors
    draw_lines(axes, curve, sigma, styles)
    axes.set(xscale="log", xlabel=AXIS_LABELS[sigma])
    scale_accuracy(axes)
    axes.legend(loc="lower left", fontsize="small", labelspacing=0.2, borderaxespad=0.1)


def _failures(stress: pd.DataFrame, data: pd.DataFrame) -> list[str]:
    """Say of each method drawn how many grid points its failed fits leave out."""
    drawn = data[["grid", "method"]].drop_duplicates()
    points = stress[stress["metric"] == "accuracy"].merge(drawn, on=["grid", "method"])
    notes = []
    for method, rows in points.groupby("method"):
        failed = rows[rows["value"].isna()]
        if len(failed):
            seeds = ", ".join(str(seed) for seed in sorted(failed["seed"].unique()))
            label = method_label(str(method))
            notes.append(f"{label}: {len(failed)} of {len(rows)} grid points missing, its fit failed (seed {seeds})")
    return notes


FIGURES = (
    Figure(
        name="marginal_stress",
        draw=draw_marginal_stress,
        is_planned=lambda plan: any(stresses(plan, panel, MARGINAL) for panel in PANELS.values()),
        inputs=lambda files: [files.table("stress")],
        caption="""
            Accuracy of the marginal-pose model on new images of other shear and rotation ranges, with noise and with
            contaminated pixels, beside that of the ss-rVAE where the grid tests both. Trained on clean images of each
            grid's data set; one colour scale for all maps.
            """,
    ),
)
