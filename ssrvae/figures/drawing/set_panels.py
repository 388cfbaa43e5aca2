"""What figures of sets of objects share: a panel a data set, which rows they show, and why a data set has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ssrvae.analysis.method_styles import MethodStyle
from ssrvae.analysis.summary import failure_note
from ssrvae.analysis.sweeps import PARTICLES, RECALL, balanced_rows, particle_table, recall_rows
from ssrvae.figures.drawing.annotation import missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes

    from ssrvae.study.result_files import ResultFiles

COLUMNS = 3
LEGEND_COLUMNS = 5
DOTTED: dict[str, Any] = {"color": "0.5", "linewidth": 0.8, "linestyle": ":", "zorder": 0}


def score_tables(files: ResultFiles) -> Iterator[Path]:
    """List the tables that `balanced` and `recalls` read."""
    yield from (files.table("accuracy"), files.table("confusion"))
    if PARTICLES in files.plan.own_tables:
        yield files.table(PARTICLES)


def balanced(study: StudyResults, datasets: Sequence[str]) -> pd.DataFrame:
    """Return the balanced accuracies on these data sets (`balanced_rows`)."""
    accuracy = study.table("accuracy")
    return balanced_rows(accuracy[accuracy["dataset"].isin(datasets)], particle_table(study.files))


def recalls(study: StudyResults, datasets: Sequence[str]) -> pd.DataFrame:
    """Return the recalls of each class of these data sets (`recall_rows`)."""
    accuracy = study.table("accuracy")
    rows = accuracy[accuracy["dataset"].isin(datasets)]
    return recall_rows(rows, study.table("confusion"), particle_table(study.files))


def new_panels(
    heights_in: Sequence[float], margin_in: float, shares: Sequence[float] = (1,)
) -> tuple[matplotlib.figure.Figure, list[list[Axes]]]:
    """Return a figure and the axes of each data set, above each other by their `shares` of its height.

    `heights_in` has a height a data set; they fill rows of `COLUMNS`, each as high as the highest of its own.
    `margin_in` is left for the legend and the note.
    """
    n_sets, n_shares, n_columns = len(heights_in), len(shares), min(COLUMNS, len(heights_in))
    lines_in = [max(heights_in[first : first + n_columns]) for first in range(0, n_sets, n_columns)]
    figure = new_figure(PAGE_WIDTH_IN, sum(lines_in) + margin_in)
    ratios = [height * share for height in lines_in for share in shares]
    grid = figure.subplots(len(ratios), n_columns, squeeze=False, gridspec_kw={"height_ratios": ratios})
    by_set = grid.reshape(len(lines_in), n_shares, n_columns).swapaxes(1, 2).reshape(-1, n_shares)
    for unused in by_set[n_sets:].ravel():
        unused.set_visible(False)
    return figure, [list(own) for own in by_set[:n_sets]]


def ordered_styles(study: StudyResults, methods: Sequence[str]) -> dict[str, MethodStyle]:
    """Return each method's style, in the order given."""
    styles = study.styles(methods)
    return {name: styles[name] for name in methods}


def method_legend(figure: matplotlib.figure.Figure, styles: Mapping[str, MethodStyle]) -> None:
    """Name the methods above the panels, whichever of them a panel shows."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=style.color, marker=style.marker, ls=style.line, label=style.label)
        for style in styles.values()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(handles), LEGEND_COLUMNS))


def mark_chance(mark: Callable[..., object], study: StudyResults, dataset: str) -> None:
    """Draw the balanced accuracy of chance by `axes.axvline` or `axes.axhline`, dotted."""
    table = study.table("accuracy")
    scores = table.loc[table["dataset"] == dataset, "metric"].unique()
    mark(1 / sum(str(score).startswith(RECALL) for score in scores), **DOTTED)


def is_leftmost(number: int) -> bool:
    """Tell whether the data set of this number stands at the left."""
    return number % COLUMNS == 0


def nothing_classified() -> Still:
    """Say that there is nothing to score."""
    data = pd.DataFrame(columns=["dataset", "method", "seed", "value"])
    return missing_still(PAGE_WIDTH_IN, 2.5, "no method that classifies was run on sets of objects", data)


def trouble(study: StudyResults, rows: pd.DataFrame) -> list[str]:
    """Count the failed runs of score rows; of a data set without a finished one say the reason alone."""
    empty = [str(name) for name, own in rows.groupby("dataset", sort=False) if own["value"].isna().all()]
    runs = rows[~rows["dataset"].isin(empty)].drop_duplicates(["dataset", "method", "seed"])
    return [failure_note(runs, "dataset", "on {}"), *(_reason(study, name) for name in empty)]


def _reason(study: StudyResults, dataset: str) -> str:
    """Say why no run of a data set finished, as the first of them tells it."""
    methods = study.table("accuracy").query("dataset == @dataset")["method"].unique()
    reasons = [reason for method in methods for reason in study.runs(dataset, str(method)).failed.values()]
    return f"{dataset}: no run finished ({reasons[0]})" if reasons else ""
