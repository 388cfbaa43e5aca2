"""Every method on sets of objects: balanced accuracy, and the recall of each class, with intervals over draws."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ssrvae.analysis.agreement import METHOD
from ssrvae.analysis.method_styles import MethodStyle, method_label
from ssrvae.analysis.shown import object_sets
from ssrvae.analysis.summary import interval_note, methods_by_rank, summarise_accuracy
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still
from ssrvae.figures.drawing.set_panels import (
    DOTTED,
    balanced,
    is_leftmost,
    mark_chance,
    method_legend,
    new_panels,
    nothing_classified,
    ordered_styles,
    recalls,
    score_tables,
    trouble,
)
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_BEST = 4
"""Methods whose recalls are shown, beside the paper's own."""
_ROW_HEIGHT_IN = 0.15
_CLASS_HEIGHT_IN = 0.32
_ASIDE = 0.17
_CLAIM = 0.6
_DRAWS = "Faint dots: single draws"
_HALVES = f"{_DRAWS}, of the real micrograph filled where its left half is tested, open where the right half is"


def draw_accuracy(study: StudyResults) -> Still:
    """Draw a panel a data set: balanced accuracy of every method, the best on top by their ranks on all data sets."""
    rows = balanced(study, object_sets(study.plan))
    if rows.empty:
        return nothing_classified()
    confusion = study.table("confusion")
    data = summarise_accuracy(rows, ["dataset", "method"], confusion)
    datasets, order, styles = list(rows["dataset"].unique()), methods_by_rank(rows), study.styles(rows["method"])
    figure, panels = new_panels([0.75 + _ROW_HEIGHT_IN * len(order)] * len(datasets), margin_in=0.4)
    for number, (dataset, (axes,)) in enumerate(zip(datasets, panels, strict=True)):
        own, summary = (table[table["dataset"] == dataset] for table in (rows, data))
        _draw_methods(axes, own, summary, order, styles)
        axes.set_yticks(range(len(order)), map(method_label, reversed(order)) if is_leftmost(number) else [])
        mark_chance(axes.axvline, study, dataset)
        axes.set(title=dataset, xlabel=AXIS_LABELS["balanced_accuracy"])
    run_on = rows.groupby("dataset")["method"].nunique()
    absent = "No marker: not run on that data set" if run_on.nunique() > 1 else ""
    dots = _HALVES if rows["tested_half"].isin(["left", "right"]).any() else _DRAWS
    add_note(figure, [dots, interval_note(data), "Dotted: chance", absent, *trouble(study, rows)])
    keys = ["dataset", "method"]
    return Still(figure, rows[[*keys, "seed", "tested_half", "value"]].merge(data, on=keys))


def draw_recall(study: StudyResults) -> Still:
    """Draw a panel a data set: the share of each class that the best methods find, and the paper's own method."""
    datasets = object_sets(study.plan)
    every = balanced(study, datasets)
    if every.empty:
        return nothing_classified()
    order = methods_by_rank(every)
    shown = [name for place, name in enumerate(order) if place < N_BEST or name == METHOD]
    rows = recalls(study, datasets)
    rows = rows[rows["method"].isin(shown)]
    data = summarise_accuracy(rows, ["dataset", "class", "method"])
    classes = {str(name): list(own["class"].unique()) for name, own in rows.groupby("dataset", sort=False)}
    figure, panels = new_panels([0.75 + _CLASS_HEIGHT_IN * len(names) for names in classes.values()], margin_in=0.9)
    styles = ordered_styles(study, shown)
    for (dataset, names), (axes,) in zip(classes.items(), panels, strict=True):
        own, summary = (table[table["dataset"] == dataset] for table in (rows, data))
        _draw_classes(axes, summary, names, styles)
        axes.set_yticks(range(len(names)), [f"{name}\n{_images(own[own['class'] == name])}" for name in names])
        axes.tick_params(axis="y", labelsize=6.5)
        if METHOD in set(own["method"]):
            axes.axvline(_CLAIM, **DOTTED)
        axes.set(title=dataset, xlabel="Recall")
    method_legend(figure, styles)
    papers = f", and {method_label(METHOD)}" if METHOD in shown[N_BEST:] else ""
    chosen = f"The {N_BEST} best methods by their mean rank on these data sets{papers}" if len(order) > N_BEST else ""
    claim = f"Dotted: {_CLAIM:g}, above which the paper has its ss-rVAE in every class, on a micrograph of its own"
    add_note(figure, [chosen, interval_note(data), claim if METHOD in shown else "", *trouble(study, rows)])
    keys = ["dataset", "class", "method"]
    return Still(figure, rows[[*keys, "seed", "tested_half", "value"]].merge(data, on=keys))


def _draw_methods(
    axes: Axes, rows: pd.DataFrame, summary: pd.DataFrame, order: list[str], styles: dict[str, MethodStyle]
) -> None:
    """Draw one panel: a marker a method with its interval, and a faint dot a draw below it."""
    if rows["value"].notna().any():
        for row in summary.to_dict("records"):
            y, style = len(order) - 1 - order.index(row["method"]), styles[row["method"]]
            _draw_interval(axes, row, y, style)
            _draw_draws(axes, rows[rows["method"] == row["method"]], y - 0.3, style.color)
    else:
        _say_nothing_finished(axes)
    axes.set(xlim=(-0.03, 1.05), ylim=(-0.7, len(order) - 0.4))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="0.9", linewidth=0.6)


def _draw_classes(axes: Axes, summary: pd.DataFrame, classes: list[str], styles: dict[str, MethodStyle]) -> None:
    """Draw one panel: classes from top to bottom, in each a marker a method, the best on top."""
    if summary["seeds"].any():
        for place, (method, style) in enumerate(styles.items()):
            own = summary[summary["method"] == method].set_index("class").reindex(classes)
            for k, row in enumerate(own.to_dict("records")):
                _draw_interval(axes, row, k + _ASIDE * (place - (len(styles) - 1) / 2), style, 4)
    else:
        _say_nothing_finished(axes)
    axes.set(xlim=(-0.03, 1.05), ylim=(len(classes) - 0.4, -0.6))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="0.9", linewidth=0.6)


def _draw_interval(axes: Axes, row: Mapping[Hashable, Any], y: float, style: MethodStyle, size: float = 5) -> None:
    axes.plot([row["low"], row["high"]], [y, y], color=style.color, linewidth=1.4, solid_capstyle="butt")
    axes.plot(row["accuracy"], y, marker=style.marker, color=style.color, markersize=size)


def _draw_draws(axes: Axes, rows: pd.DataFrame, y: float, color: str) -> None:
    drawn = rows.dropna(subset="value")
    for value, half in zip(drawn["value"], drawn["tested_half"], strict=True):
        face = "none" if half == "right" else color
        axes.plot(value, y, "o", markersize=2, color=color, markerfacecolor=face, markeredgewidth=0.4, alpha=0.6)


def _say_nothing_finished(axes: Axes) -> None:
    axes.text(0.5, 0.5, "no run finished", ha="center", va="center", color="0.3", transform=axes.transAxes)


def _images(rows: pd.DataFrame) -> str:
    """Say how many test images of a class there are, over the draws."""
    counts = rows.dropna(subset="value")["n"]
    if counts.empty:
        return "no images"
    low, high = int(counts.min()), int(counts.max())
    return f"n = {low}" if low == high else f"n = {low}–{high}"


def _of_objects(name: str, draw: Callable[[StudyResults], Still], caption: str) -> Figure:
    return Figure(
        name=name,
        draw=draw,
        is_planned=lambda plan: bool(object_sets(plan)),
        inputs=score_tables,
        caption=caption,
    )


FIGURES = (
    _of_objects(
        "objects_accuracy",
        draw_accuracy,
        """
            Balanced accuracy of every method on every data set of the study. Bars: 95 % intervals over labelled draws
            or, of a single one, over the images of each class. They speak for the collection that the draws are made
            of; on the one real micrograph of gold its two halves are held fixed. Faint dots are single draws, of that
            micrograph filled where its left half is tested and open where its right half is; dotted: chance.
            """,
    ),
    _of_objects(
        "objects_recall",
        draw_recall,
        """
            Share of each class's test images that the four best methods find, by their mean rank on all data sets of
            the study, and the ss-rVAE where it was run. Bars: 95 % intervals over labelled draws or, of a single one,
            over the class's images; they speak for the collection that the draws are made of. n: test images of the
            class in one draw. The paper claims more than 0.6 in every class for the ss-rVAE.
            """,
    ),
)
