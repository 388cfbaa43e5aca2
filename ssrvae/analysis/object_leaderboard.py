"""Which method is worth using on sets of objects: accuracy and rank on each, and the lead of this project's models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from datagen.errors import InputError
from ssrvae.analysis.leads import Lead, paired_lead
from ssrvae.analysis.markdown import LEAD, markdown_table, seconds_cell, summary_cell
from ssrvae.analysis.method_styles import method_label
from ssrvae.analysis.shown import object_sets
from ssrvae.analysis.summary import methods_by_rank, ranks, summarise_accuracy
from ssrvae.analysis.sweeps import balanced_rows, particle_table
from ssrvae.base.files import read_csv, write_csv, write_text
from ssrvae.study.estimator_paths import import_estimator

if TYPE_CHECKING:
    from ssrvae.study.result_files import ResultFiles

_MODELS, _BASELINES = "ssrvae.models.", "ssrvae.models.baselines."


class _FoundLead(NamedTuple):
    """The best of this project's models on a data set and the best other method, None where no run of them finished."""

    dataset: str
    own: str | None
    other: str | None
    lead: Lead | None


def own_models(methods: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Name the methods of a study whose estimators are models of this project, its baselines left out."""
    modules = {name: import_estimator(stanza["estimator"]).__module__ for name, stanza in methods.items()}
    return [
        name for name, module in modules.items() if module.startswith(_MODELS) and not module.startswith(_BASELINES)
    ]


def write_leaderboard(files: ResultFiles, out: Path) -> str:
    """Write leaderboard.csv (`accuracy_ranks`), leads.csv (`leads`) and both as leaderboard.md into a folder.

    Ranked are the methods on the `datasets` of a study, by balanced accuracy. Returns the Markdown. Raises InputError
    for a study without such data sets, or a missing table.
    """
    datasets, own = object_sets(files.plan), own_models(files.plan.config["methods"])
    if not datasets:
        raise InputError(f"study {files.plan.config['study']} has no `datasets`, on which methods could be ranked")
    accuracy, confusion = (read_csv(files.table(name)) for name in ("accuracy", "confusion"))
    rows = balanced_rows(accuracy[accuracy["dataset"].isin(datasets)], particle_table(files))
    told = object_leaderboard(rows, confusion, own)
    write_csv(accuracy_ranks(rows, confusion), out / "leaderboard.csv")
    write_csv(leads(rows, own), out / "leads.csv")
    write_text(told, out / "leaderboard.md")
    return told


def accuracy_ranks(rows: pd.DataFrame, confusion: pd.DataFrame) -> pd.DataFrame:
    """Return a row a data set and method: `summarise_accuracy` of balanced accuracies (`balanced_rows`), and the rank.

    A method without a finished run is a row without accuracy, of the last rank.
    """
    keys = ["dataset", "method"]
    table = summarise_accuracy(rows, keys, confusion)
    return table.join(ranks(rows), on=keys)


def leads(rows: pd.DataFrame, own: Sequence[str]) -> pd.DataFrame:
    """Return a row a data set: the best of `own`, the best `other` method, and the lead of the first over the second.

    The lead is post hoc: both are chosen by the scores that it is the difference of. It is empty where one of the two
    has no finished run, its limits where seeds tell none (`Lead`).
    """
    return pd.DataFrame([_lead_row(found) for found in _found_leads(rows, own)])


def object_leaderboard(rows: pd.DataFrame, confusion: pd.DataFrame, own: Sequence[str]) -> str:
    """Write both as Markdown: methods by data sets, best mean rank first, then a row a data set with the lead on it."""
    table = accuracy_ranks(rows, confusion)
    summary = table.set_index(["method", "dataset"])
    datasets = list(rows["dataset"].unique())
    mean_rank = summary["rank"].groupby("method").mean()
    methods = []
    for method in methods_by_rank(rows):
        cells = summary.xs(method).T
        seconds = seconds_cell(rows.loc[rows["method"] == method, "seconds"])
        found = (summary_cell(cells[dataset]) if dataset in cells else "" for dataset in datasets)
        methods.append([method_label(method), *found, f"{mean_rank[method]:.1f}", seconds])
    header = ["data set", "best of this project's models", "best other method", LEAD]
    by_dataset = [
        [found.dataset, *(_of_method(cells, name) for name in (found.own, found.other)), str(found.lead or "")]
        for found in _found_leads(rows, own)
        for cells in [table[table["dataset"] == found.dataset].set_index("method")]
    ]
    of_methods = markdown_table(["method", *datasets, "mean rank", "seconds a fit"], methods)
    return f"{of_methods}\n{markdown_table(header, by_dataset)}"


def _found_leads(rows: pd.DataFrame, own: Sequence[str]) -> Iterator[_FoundLead]:
    for dataset, part in rows.groupby("dataset", sort=False):
        best = part.groupby("method")["value"].mean().dropna().sort_values(ascending=False, kind="stable").index
        first, second = (next((str(name) for name in best if (name in own) is ours), None) for ours in (True, False))
        lead = paired_lead(part, first, second) if first and second else None
        yield _FoundLead(str(dataset), first, second, lead)


def _lead_row(found: _FoundLead) -> dict[str, Any]:
    row: dict[str, Any] = {"dataset": found.dataset, "own": found.own, "other": found.other}
    if found.lead is None:
        return row | {"lead": None, "low": None, "high": None, "seeds": 0, "interval": "none"}
    interval = found.lead.interval
    limits = {"low": interval.low, "high": interval.high} if found.lead.has_limits else {"low": None, "high": None}
    kind = interval.kind if found.lead.has_limits else "none"
    return row | {"lead": interval.center, **limits, "seeds": interval.n, "interval": kind}


def _of_method(cells: pd.DataFrame, method: str | None) -> str:
    return f"{method_label(method)} {summary_cell(cells.T[method])}" if method else "none"
