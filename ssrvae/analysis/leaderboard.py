"""The tables that say which method is worth using: accuracy with intervals, and the leader's paired lead."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from datagen.errors import InputError
from ssrvae.analysis.leads import paired_lead
from ssrvae.analysis.markdown import LEAD, markdown_table, seconds_cell, summary_cell
from ssrvae.analysis.method_styles import method_label, model_label
from ssrvae.analysis.summary import summarise_accuracy
from ssrvae.analysis.sweeps import learning_rows, rotation_sweep

ROTATION, LABELS = "rotation_deg", "labels_per_class"
HALVES = ("left", "right")
_HEADS = {ROTATION: "±{:g}°", LABELS: "{:g} a class"}
_SECONDS = "seconds a fit"


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
    table = _methods(rows, summary, values, {name: names.get(name, method_label(name)) for name in order})
    return markdown_table(["method", *heads, _SECONDS], [*table, [f"*{LEAD}*", *_leads(rows, values, by), ""]])


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
    table = _methods(rows, summary, datasets, {name: method_label(name) for name in order})
    table.append([f"*{LEAD}*", *_leads(rows, datasets, "dataset"), ""])
    gain = f"gain over {method_label(rival)}"
    parts = {gain: rows, **{f"{gain}, {half} half": rows[rows["tested_half"] == half] for half in HALVES}}
    for name, part in parts.items():
        cells = [_paired(part[part["dataset"] == dataset], method, rival) for dataset in datasets]
        table.append([f"*{name}*", *cells, ""])
    return markdown_table(["method", *datasets, _SECONDS], table)


def halves_leaderboard(
    rows: pd.DataFrame, confusion: pd.DataFrame, datasets: Sequence[str], methods: Sequence[str]
) -> str:
    """Write the balanced accuracies of `methods` on each half of the real micrograph: a row a method and half."""
    rows = rows[rows["dataset"].isin(datasets) & rows["tested_half"].isin(HALVES)]
    keys = ["method", "tested_half", "dataset"]
    summary = summarise_accuracy(rows, keys, confusion).set_index(keys)
    table = []
    for method, half in product(methods, HALVES):
        own = summary.xs(method).xs(half).T
        table.append([method_label(method), half, *(summary_cell(own[dataset]) for dataset in datasets)])
    return markdown_table(["method", "tested half", *datasets], table)


def _methods(rows: pd.DataFrame, summary: pd.DataFrame, values: Sequence, names: Mapping[str, str]) -> list[list[str]]:
    return [
        [
            name,
            *(summary_cell(summary.loc[(method, value)]) for value in values),
            seconds_cell(rows.loc[rows["method"] == method, "seconds"]),
        ]
        for method, name in names.items()
    ]


def _leads(rows: pd.DataFrame, values: Sequence, by: str) -> list[str]:
    """Give at each value the lead of the best method there over the next."""
    leads = []
    for value in values:
        here = rows[rows[by] == value]
        best = here.groupby("method")["value"].mean().dropna().sort_values(ascending=False).index[:2]
        leads.append(_paired(here, *best) if len(best) == 2 else "")
    return leads


def _paired(rows: pd.DataFrame, first: str, second: str) -> str:
    lead = paired_lead(rows, first, second)
    return f"{method_label(first)}: {lead}" if lead else ""
