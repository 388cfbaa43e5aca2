"""Ablation: accuracy of the marginal-pose model and its variants on each data set that three of them ran on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import MethodStyle, method_label
from ssrvae.analysis.shown import ablated
from ssrvae.analysis.summary import failure_note, interval_note, summarise_accuracy
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 2
_ROW_HEIGHT_IN = 0.26


def draw_ablation(study: StudyResults) -> Still:
    """Draw a panel a data set: a dot a method with its interval, best on top, and a faint dot a seed."""
    rows = _rows(study)
    data = summarise_accuracy(rows, ["dataset", "method"])
    if data.empty:
        reason = "no data set has three variants of the marginal-pose model"
        return missing_still(PAGE_WIDTH_IN, 2.5, reason, _drawn(rows, data))
    datasets = list(rows["dataset"].unique())
    n_methods = int(data.groupby("dataset").size().max())
    n_rows, n_columns = -(-len(datasets) // _COLUMNS), min(_COLUMNS, len(datasets))
    figure = new_figure(PAGE_WIDTH_IN, n_rows * (0.9 + _ROW_HEIGHT_IN * n_methods) + 0.3)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    styles = study.styles(data["method"])
    for axes, dataset in zip(panels, datasets, strict=False):
        own = rows[rows["dataset"] == dataset]
        _draw_panel(axes, data[data["dataset"] == dataset], own, styles)
        axes.set_title(_title(dataset, own))
    for axes in panels[len(datasets) :]:
        axes.set_visible(False)
    for axes in panels[len(datasets) - n_columns : len(datasets)]:
        axes.set_xlabel(AXIS_LABELS["accuracy"])
    failed = failure_note(rows, "dataset", "on {}")
    add_note(figure, ["Faint dots below: single seeds", interval_note(data), failed])
    return Still(figure, _drawn(rows, data))


def _rows(study: StudyResults) -> pd.DataFrame:
    accuracy = study.table("accuracy")
    rows = accuracy[accuracy["metric"] == "accuracy"]
    variants = {name: ablated(study.plan, name) for name in study.plan.datasets}
    return rows.loc[[method in variants[name] for name, method in zip(rows["dataset"], rows["method"], strict=True)]]


def _title(dataset: str, rows: pd.DataFrame) -> str:
    n_labelled = rows["labels_per_class"].iloc[0] if "labels_per_class" in rows else np.nan
    if np.isnan(n_labelled):  # as of the user's own images, whose recipe does not say
        return dataset
    return f"{dataset}\n{n_labelled:g} labelled image{'s' if n_labelled > 1 else ''} a class"


def _variant_label(name: str) -> str:
    label = method_label(name)
    return label if label != name else name.removeprefix("marginal_").replace("_", " ")


def _draw_panel(axes: Axes, data: pd.DataFrame, rows: pd.DataFrame, styles: dict[str, MethodStyle]) -> None:
    ordered = data.sort_values("accuracy", na_position="first").reset_index(drop=True)
    for y, row in enumerate(ordered.to_dict("records")):
        style, seeds = styles[row["method"]], rows.loc[rows["method"] == row["method"], "value"]
        axes.plot([row["low"], row["high"]], [y, y], color=style.color, linewidth=1.6, solid_capstyle="butt")
        axes.plot(seeds, np.full(len(seeds), y - 0.25), ".", color=style.color, alpha=0.5, markeredgewidth=0)
        axes.plot(row["accuracy"], y, marker=style.marker, color=style.color, markersize=6)
    axes.set_yticks(ordered.index, [_variant_label(name) for name in ordered["method"]])
    axes.set_ylim(-0.6, len(ordered) - 0.4)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.locator_params(axis="x", nbins=5)


def _drawn(rows: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Return a row a seed, with its data set's and method's mean and interval beside it."""
    return rows[["dataset", "method", "seed", "value"]].merge(data, on=["dataset", "method"])


FIGURES = (
    Figure(
        name="ablation",
        draw=draw_ablation,
        is_planned=lambda plan: any(ablated(plan, name) for name in plan.datasets),
        inputs=lambda files: [files.table("accuracy")],
        caption="""
            Test accuracy of the marginal-pose model and its variants on each data set that at least three of them were
            run on, those of the sweep ``rotation`` left out, best on top. Intervals: over seeds, or of one seed's share
            of hits; faint dots are single seeds.
            """,
    ),
)
