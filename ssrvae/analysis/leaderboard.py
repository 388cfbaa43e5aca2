"""The tables that say which method is worth using: accuracy with intervals, and the leader's paired lead."""

from collections.abc import Sequence

import pandas as pd

from ssrvae.analysis.method_styles import method_label
from ssrvae.analysis.summary import summarise_accuracy
from ssrvae.analysis.sweeps import learning_rows, rotation_sweep
from ssrvae.base.errors import InputError
from ssrvae.scores.intervals import paired_difference

ROTATION, LABELS = "rotation_deg", "labels_per_class"
_HEADS = {ROTATION: "±{:g}°", LABELS: "{:g} a class"}


def leaderboard(accuracy: pd.DataFrame, values: Sequence[float], by: str = ROTATION) -> str:
    """Write accuracy.csv as a Markdown table: a row a method, a column a value, the best at the last first.

    by: ROTATION, the sweep over rotation ranges, or LABELS, the learning curve. Each cell is the mean over seeds with
    its 95 % interval (Student's t; Wilson's with one seed); failed runs are counted in it. The last row is the lead of
    the best method over the next, paired by seed.
    Raises InputError for a value that the table does not have.
    """
    rows = rotation_sweep(accuracy) if by == ROTATION else learning_rows(accuracy)
    absent = sorted(set(values) - set(rows[by]))
    if absent:
        known = ", ".join(f"{value:g}" for value in sorted(rows[by].unique()))
        raise InputError(f"no data set with {by} {absent[0]:g}; the table has {known}")
    summary = summarise_accuracy(rows, ["method", by]).set_index(["method", by])
    order = summary["accuracy"].xs(values[-1], level=by).sort_values(ascending=False).index
    return _table(rows, summary, [_HEADS[by].format(value) for value in values], values, order, by)


def dataset_leaderboard(accuracy: pd.DataFrame, datasets: Sequence[str], method: str, rival: str) -> str:
    """Write the balanced accuracies of accuracy.csv as a Markdown table: a row a method, a column a data set.

    As `leaderboard`, methods in the order of their mean over these data sets; one last row is the gain of `method` over
    `rival`, paired by seed. Methods that lack one of the data sets are left out.
    """
    rows = accuracy[(accuracy["metric"] == "balanced_accuracy") & accuracy["dataset"].isin(datasets)]
    summary = summarise_accuracy(rows, ["method", "dataset"]).set_index(["method", "dataset"])
    means = summary["accuracy"].unstack()[list(datasets)].mean(axis=1, skipna=False).dropna()
    order = means.sort_values(ascending=False).index
    rows = rows[rows["method"].isin(order)]
    gains = [_paired(_by_seed(rows[rows["dataset"] == name]), method, rival) for name in datasets]
    last = "| " + " | ".join([f"*gain over {method_label(rival)}*", *gains, ""]) + " |\n"
    return _table(rows, summary, list(datasets), datasets, order, "dataset") + last


def _table(
    rows: pd.DataFrame, summary: pd.DataFrame, heads: list[str], values: Sequence, order: pd.Index, by: str
) -> str:
    header = ["method", *heads, "seconds a fit"]
    table = [header, ["---"] * len(header)]
    for method in order:
        cells = [_cell(summary.loc[(method, value)]) for value in values]
        seconds = rows.loc[rows["method"] == method, "seconds"].median()
        table.append([method_label(method), *cells, f"{seconds:.2g}" if seconds < 10 else f"{seconds:.0f}"])
    table.append(["*lead, paired by seed*", *(_lead(rows[rows[by] == value]) for value in values), ""])
    return "\n".join("| " + " | ".join(row) + " |" for row in table) + "\n"


def _cell(summary: pd.Series) -> str:
    if not summary["seeds"]:
        return f"failed ({summary['missing']:g})"
    failed = f", {summary['missing']:g} failed" if summary["missing"] else ""
    return f"{summary['accuracy']:.3f} [{max(summary['low'], 0):.3f}, {min(summary['high'], 1):.3f}]{failed}"


def _lead(rows: pd.DataFrame) -> str:
    here = _by_seed(rows)
    means = here.mean().dropna().sort_values(ascending=False)
    if len(means) < 2:
        return ""
    return _paired(here, *means.index[:2])


def _by_seed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.pivot(index="seed", columns="method", values="value")


def _paired(here: pd.DataFrame, first: str, second: str) -> str:
    pairs = here[[first, second]].dropna()
    if len(pairs) < 2:
        return f"{method_label(first)}: {(pairs[first] - pairs[second]).mean():+.3f} (one seed)"
    lead = paired_difference(pairs[first], pairs[second])
    return f"{method_label(first)}: {lead.center:+.3f} [{lead.low:+.3f}, {lead.high:+.3f}]"
