"""Every method on particles: balanced accuracy and the recall of each class, with intervals over labelled draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from ssrvae.analysis.method_styles import MethodStyle, method_label
from ssrvae.analysis.summary import failure_note, interval_note, summarise_accuracy
from ssrvae.analysis.sweeps import balanced_rows
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes

_ROW_HEIGHT_IN = 0.15
_COLUMNS = 3
_RECALL = "recall_"
_CLAIM = 0.6
_DOTTED: dict[str, Any] = {"color": "0.5", "linewidth": 0.8, "linestyle": ":", "zorder": 0}
_DRAWS = "Faint dots: single draws"
_HALVES = f"{_DRAWS}, of the real micrograph filled where its left half is tested, open where the right half is"


def draw_accuracy(study: StudyResults) -> Still:
    """Draw a panel a data set, those that hold no particles included: balanced accuracy of every method."""
    table = study.table("accuracy")
    classes = _classes(table)
    rows = balanced_rows(table[table["dataset"].isin(classes)], study.table("particles"))
    if rows.empty:
        return _nothing()
    confusion = study.table("confusion")
    datasets = list(rows["dataset"].unique())
    n_columns = min(_COLUMNS, len(datasets))
    n_rows = -(-len(datasets) // n_columns)
    figure = new_figure(PAGE_WIDTH_IN, n_rows * (0.75 + _ROW_HEIGHT_IN * rows["method"].nunique()) + 0.4)
    panels = figure.subplots(n_rows, n_columns, squeeze=False)
    order, styles = _order(rows), study.styles(rows["method"])
    for number, dataset in enumerate(datasets):
        axes = panels.flat[number]
        _draw_methods(axes, rows[rows["dataset"] == dataset], order, styles, number % n_columns == 0, confusion)
        axes.axvline(1 / len(classes[dataset]), **_DOTTED)
        axes.set(title=dataset, xlabel=AXIS_LABELS["balanced_accuracy"])
    for axes in panels.flat[len(datasets) :]:
        axes.set_visible(False)
    return _finished(figure, study, rows, ["dataset", "method"], "Dotted: chance", confusion)


def draw_recall(study: StudyResults) -> Still:
    """Draw a row a data set of particles, a panel a class: the share of its images that each method finds."""
    table = study.table("particles")
    is_recall = table["metric"].str.startswith(_RECALL)
    rows = table[is_recall].assign(**{"class": table.loc[is_recall, "metric"].str.removeprefix(_RECALL)})
    if rows.empty:
        return _nothing()
    classes = _classes(table)
    n_columns = max(map(len, classes.values()))
    height = 0.6 + _ROW_HEIGHT_IN * rows["method"].nunique()
    figure = new_figure(PAGE_WIDTH_IN, len(classes) * height + 0.4)
    panels = figure.subplots(len(classes), n_columns, squeeze=False)
    order, styles = _order(rows), study.styles(rows["method"])
    for row, (dataset, names) in zip(panels, classes.items(), strict=True):
        for k, axes in enumerate(row):
            if k >= len(names):
                axes.set_visible(False)
                continue
            own = rows[(rows["dataset"] == dataset) & (rows["class"] == names[k])]
            _draw_methods(axes, own, order, styles, k == 0)
            axes.axvline(_CLAIM, **_DOTTED)
            axes.set_title(f"{names[k]}, {_images(own)}" if k else f"{dataset}\n{names[k]}, {_images(own)}")
    for axes in panels[-1]:
        axes.set_xlabel("Recall")
    claim = f"Dotted: {_CLAIM:g}, above which the paper has its ss-rVAE in every class, on a micrograph of its own"
    return _finished(figure, study, rows, ["dataset", "class", "method"], claim)


def _nothing() -> Still:
    data = pd.DataFrame(columns=["dataset", "method", "seed", "value"])
    return missing_still(PAGE_WIDTH_IN, 2.5, "no method that classifies was run on particles", data)


def _classes(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return by data set the names of its classes."""
    recalls = table[table["metric"].str.startswith(_RECALL)]
    return {
        str(dataset): [str(name).removeprefix(_RECALL) for name in own["metric"].unique()]
        for dataset, own in recalls.groupby("dataset", sort=False)
    }


def _order(rows: pd.DataFrame) -> list[str]:
    """List the methods by their mean rank over the data sets that they were run on, the best last: it is on top."""
    means = rows.groupby(["dataset", "method"])["value"].mean()
    ranks = means.groupby("dataset").rank(pct=True).groupby("method").mean()
    return [str(method) for method in ranks.sort_values(na_position="first", kind="stable").index]


def _draw_methods(
    axes: Axes,
    rows: pd.DataFrame,
    order: list[str],
    styles: dict[str, MethodStyle],
    labelled: bool,
    confusion: pd.DataFrame | None = None,
) -> None:
    """Draw one panel: a marker a method with its interval, and a faint dot a draw below it."""
    if rows["value"].notna().any():
        for row in summarise_accuracy(rows, ["method"], confusion).to_dict("records"):
            y, style = order.index(row["method"]), styles[row["method"]]
            axes.plot([row["low"], row["high"]], [y, y], color=style.color, linewidth=1.4, solid_capstyle="butt")
            axes.plot(row["accuracy"], y, marker=style.marker, color=style.color, markersize=5)
            _draw_draws(axes, rows[rows["method"] == row["method"]], y - 0.3, style.color)
    else:
        axes.text(0.5, 0.5, "no run finished", ha="center", va="center", color="0.3", transform=axes.transAxes)
    axes.set(xlim=(-0.03, 1.05), ylim=(-0.7, len(order) - 0.4))
    axes.set_yticks(range(len(order)), [method_label(name) for name in order] if labelled else [])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="0.9", linewidth=0.6)


def _draw_draws(axes: Axes, rows: pd.DataFrame, y: float, color: str) -> None:
    drawn = rows.dropna(subset="value")
    for value, half in zip(drawn["value"], drawn["tested_half"], strict=True):
        face = "none" if half == "right" else color
        axes.plot(value, y, "o", markersize=2, color=color, markerfacecolor=face, markeredgewidth=0.4, alpha=0.6)


def _reason(study: StudyResults, dataset: str) -> str:
    """Say why no run of a data set finished, as the first of them tells it."""
    methods = study.table("accuracy").query("dataset == @dataset")["method"].unique()
    reasons = [reason for method in methods for reason in study.runs(dataset, str(method)).failed.values()]
    return f"{dataset}: no run finished ({reasons[0]})" if reasons else ""


def _images(rows: pd.DataFrame) -> str:
    """Say how many test images of a class there are, over the draws."""
    counts = rows.dropna(subset="value")["n"]
    if counts.empty:
        return "no images"
    low, high = int(counts.min()), int(counts.max())
    return f"n = {low}" if low == high else f"n = {low}–{high}"


def _finished(
    figure: matplotlib.figure.Figure,
    study: StudyResults,
    rows: pd.DataFrame,
    keys: list[str],
    dotted: str,
    confusion: pd.DataFrame | None = None,
) -> Still:
    """Write the note, with the failed runs: of a data set without a finished one, the reason alone."""
    data = summarise_accuracy(rows, keys, confusion)
    empty = [str(name) for name, own in rows.groupby("dataset", sort=False) if own["value"].isna().all()]
    runs = rows[~rows["dataset"].isin(empty)].drop_duplicates(["dataset", "method", "seed"])
    run_on = rows.groupby("dataset")["method"].nunique()
    absent = "No marker: not run on that data set" if run_on.nunique() > 1 else ""
    has_halves = rows["tested_half"].isin(["left", "right"]).any()
    notes = [_HALVES if has_halves else _DRAWS, interval_note(data), dotted, absent]
    add_note(figure, [*notes, failure_note(runs, "dataset", "on {}"), *(_reason(study, name) for name in empty)])
    drawn = rows[[*keys, "seed", "tested_half", "value"]].merge(data, on=keys)
    return Still(figure, drawn)


def _particles(name: str, draw: Callable[[StudyResults], Still], caption: str) -> Figure:
    return Figure(
        name=name,
        draw=draw,
        is_planned=lambda plan: bool(plan.of_kind("particles")),
        inputs=lambda files: [files.table(table) for table in ("accuracy", "confusion", "particles")],
        caption=caption,
    )


FIGURES = (
    _particles(
        "particles_accuracy",
        draw_accuracy,
        """
            Balanced accuracy of every method on every data set of the study of particles. Bars: 95 % intervals over
            labelled draws or, of a single one, over the images of each class. On the real micrograph they hold its two
            halves fixed, so they speak for this micrograph alone. Faint dots are single draws, of the real micrograph
            filled where its left half is tested and open where its right half is; dotted: chance.
            """,
    ),
    _particles(
        "particles_recall",
        draw_recall,
        """
            Share of each class's test images that every method finds, on every data set of particles. Bars: 95 %
            intervals over labelled draws or, of a single one, over the class's images. On the real micrograph they hold
            its two halves fixed, so they speak for this micrograph alone. Faint dots are single draws, of the real
            micrograph filled where its left half is tested and open where its right half is. The paper claims more than
            0.6 in every class for the ss-rVAE.
            """,
    ),
)
