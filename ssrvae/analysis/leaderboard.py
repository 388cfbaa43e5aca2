"""The tables that say which method is worth using: accuracy with intervals, and the leader's paired lead."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from datagen.errors import InputError
from ssrvae.analysis.method_styles import method_label, model_label
from ssrvae.analysis.summary import summarise_accuracy, tested_halves
from ssrvae.analysis.sweeps import learning_rows, rotation_sweep
from ssrvae.scores.intervals import FEW, paired_difference

ROTATION, LABELS = "rotation_deg", "labels_per_class"
HALVES = ("left", "right")
_HEADS = {ROTATION: "±{:g}°", LABELS: "{:g} a class"}
_LEAD = "*lead, post hoc, paired by seed*"


def leaderboard(
    accuracy: pd.DataFrame, values: Sequence[float], by: str = ROTATION, methods: Mapping[str, Any] | None = None
) -> str:
    """Write accuracy.csv as a Markdown table: a row a method, a column a value, the best at the last first.

    by: ROTATION, the sweep over rotation ranges, or LABELS, the learning curve. Each cell is the mean over seeds with
    its 95 % interval (`summarise_accuracy`); failed runs are counted in it. The last row is the lead of the best method
    over the next, paired by seed: post hoc, since both are chosen by the scores that it is the difference of.
    methods: the study's stanzas, by which models are named with their settings (`model_label`).
    Raises InputError for a value that the table does not have.
    """
    rows = rotation_sweep(accuracy) if by == ROTATION else learning_rows(accuracy)
    absent = sorted(set(values) - set(rows[by]))
    if absent:
        known = ", ".join(f"{value:g}" for value in sorted(rows[by].unique()))
        raise InputError(f"no data set with {by} {absent[0]:g}; the table has {known}")
    summary = summarise_accuracy(rows, ["method", by]).set_index(["method", by])
    order = summary["accuracy"].xs(values[-1], level=by).sort_values(ascending=False).index
    heads = [_HEADS[by].format(value) for value in values]
    names = {name: model_label(name, stanza.get("params", {})) for name, stanza in (methods or {}).items()}
    table = _methods(rows, summary, heads, values, {name: names.get(name, method_label(name)) for name in order})
    return _markdown([*table, [_LEAD, *_leads(rows, values, by), ""]])


def dataset_leaderboard(
    rows: pd.DataFrame, confusion: pd.DataFrame, datasets: Sequence[str], method: str, rival: str
) -> str:
    """Write balanced accuracies (`balanced_rows`) as a Markdown table: a row a method, a column a data set.

    As `leaderboard`, methods in the order of their mean over these data sets; confusion.csv counts images a class. The
    last rows are the gain of `method` over `rival`, paired by seed: over all seeds, then of each half of the real
    micrograph. Methods that lack one of the data sets are left out.
    """
    rows = rows[rows["dataset"].isin(datasets)]
    summary = summarise_accuracy(rows, ["method", "dataset"], confusion).set_index(["method", "dataset"])
    means = summary["accuracy"].unstack()[list(datasets)].mean(axis=1, skipna=False).dropna()
    order = means.sort_values(ascending=False).index
    rows = rows[rows["method"].isin(order)]
    table = _methods(rows, summary, list(datasets), datasets, {name: method_label(name) for name in order})
    table.append([_LEAD, *_leads(rows, datasets, "dataset"), ""])
    gain = f"gain over {method_label(rival)}"
    parts = {gain: rows, **{f"{gain}, {half} half": rows[rows["tested_half"] == half] for half in HALVES}}
    for name, part in parts.items():
        cells = [_paired(part[part["dataset"] == dataset], method, rival) for dataset in datasets]
        table.append([f"*{name}*", *cells, ""])
    return _markdown(table)


def halves_leaderboard(
    rows: pd.DataFrame, confusion: pd.DataFrame, datasets: Sequence[str], methods: Sequence[str]
) -> str:
    """Write the balanced accuracies of `methods` on each half of the real micrograph: a row a method and half."""
    rows = rows[rows["dataset"].isin(datasets) & rows["tested_half"].isin(HALVES)]
    keys = ["method", "tested_half", "dataset"]
    summary = summarise_accuracy(rows, keys, confusion).set_index(keys)
    table = [["method", "tested half", *datasets], ["---"] * (2 + len(datasets))]
    for method, half in product(methods, HALVES):
        own = summary.xs(method).xs(half).T
        table.append([method_label(method), half, *(_cell(own[dataset]) for dataset in datasets)])
    return _markdown(table)


def _methods(
    rows: pd.DataFrame, summary: pd.DataFrame, heads: list[str], values: Sequence, names: Mapping[str, str]
) -> list[list[str]]:
    header = ["method", *heads, "seconds a fit"]
    table = [header, ["---"] * len(header)]
    for method, name in names.items():
        cells = [_cell(summary.loc[(method, value)]) for value in values]
        seconds = rows.loc[rows["method"] == method, "seconds"].median()
        table.append([name, *cells, f"{seconds:.2g}" if seconds < 10 else f"{seconds:.0f}"])
    return table


def _markdown(table: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in table) + "\n"


def _cell(summary: pd.Series) -> str:
    if not summary["seeds"]:
        return f"failed ({summary['missing']:g})"
    failed = f", {summary['missing']:g} failed" if summary["missing"] else ""
    return f"{_with_limits(summary['accuracy'], summary['low'], summary['high'])}{failed}"


def _with_limits(center: float, low: float, high: float, sign: str = "") -> str:
    """Write three decimals, or as many as tell the limits apart."""
    digits = next((n for n in range(3, 7) if f"{low:.{n}f}" != f"{high:.{n}f}"), 3)
    return "{:{f}} [{:{f}}, {:{f}}]".format(center, low, high, f=f"{sign}.{digits}f")


def _leads(rows: pd.DataFrame, values: Sequence, by: str) -> list[str]:
    """Give at each value the lead of the best method there over the next."""
    leads = []
    for value in values:
        here = rows[rows[by] == value]
        best = here.groupby("method")["value"].mean().dropna().sort_values(ascending=False).index[:2]
        leads.append(_paired(here, *best) if len(best) == 2 else "")
    return leads


def _paired(rows: pd.DataFrame, first: str, second: str) -> str:
    scores = rows.pivot(index="seed", columns="method", values="value")
    pairs = scores.reindex(columns=[first, second]).dropna()
    if pairs.empty:
        return ""
    halves = tested_halves(rows.drop_duplicates("seed").set_index("seed").loc[pairs.index])
    lead = paired_difference(pairs[first], pairs[second], halves)
    images = rows.pivot(index="seed", columns="method", values="n").reindex_like(pairs)
    if float(((1 - pairs) * images).to_numpy().sum()) < FEW:
        told = f"{lead.center:+.3f} (fewer than {FEW} errors of both in all)"
    elif lead.kind == "none":
        told = f"{lead.center:+.3f} (one seed{' of a half' if len(pairs) > 1 else ''})"
    elif lead.is_point:
        told = f"{lead.center:+.3f} in every seed"
    else:
        told = _with_limits(lead.center, lead.low, lead.high, "+")
    return f"{method_label(first)}: {told}"
