"""Collect the runs and stress grids of a plan into tidy tables, a row for every measurement and for every failure."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from datagen.errors import InputError
from datagen.kinds import data_kind
from ssrvae.analysis.sweeps import RECALL, with_class_counts
from ssrvae.base.files import read_json, read_parquet, write_csv, write_json
from ssrvae.base.provenance import git_commit, machine, recipe_hash, software_versions
from ssrvae.scores.metrics import confusion_table
from ssrvae.study.config import check_config
from ssrvae.study.costs import cost_rows
from ssrvae.study.plan import Plan, PlannedDataset, Run, make_plan
from ssrvae.study.run_folder import OK, RunFolder

_LAST_PART_IS_CLEAR = ("unlabelled", "templates")
_SCORES = ("accuracy", "balanced_accuracy", "log_loss", "ece", "reconstruction_mse")


def collect(plan: Plan, results: Path, tables: Path) -> None:
    """Write accuracy, confusion, stress, history and cost.csv and manifest.json of all planned runs.

    A study with data of a kind that has a table of its own, as particles, has <kind>.csv as well.

    Raises InputError, naming the file, when an output of a planned run is missing or damaged.
    """
    metrics = {run: run_folder(results, run).read_metrics() for run in plan.runs}
    accuracy, confusion = accuracy_table(plan, metrics), _confusions(results, metrics)
    write_csv(accuracy, tables / "accuracy.csv")
    write_csv(confusion, tables / "confusion.csv")
    for kind in plan.own_tables:
        write_csv(kind_table(plan, kind, accuracy, confusion), tables / f"{kind}.csv")
    write_csv(_stress(plan, results), tables / "stress.csv")
    write_csv(_histories(plan, results), tables / "history.csv")
    write_csv(cost_rows(plan, results, metrics), tables / "cost.csv")
    write_json(_manifest(plan, metrics), tables / "manifest.json")


def collected_plan(results: Path) -> Plan:
    """Read from manifest.json which study the tables of a results folder were collected for; InputError for none."""
    manifest = results / "tables" / "manifest.json"
    return make_plan(check_config(read_json(manifest).get("config"), str(manifest)), str(manifest))


def run_folder(results: Path, run: Run) -> RunFolder:
    """Locate the folder of a run."""
    return RunFolder(results / "runs" / run.dataset / run.method / f"seed{run.seed}")


def accuracy_table(plan: Plan, metrics: Mapping[Run, Mapping[str, Any]]) -> pd.DataFrame:
    """Make accuracy.csv from the metrics of every run: a row a score, also for failed runs (without a value)."""
    varied = list(dict.fromkeys(key for dataset in plan.datasets.values() for key in dataset.varied))
    rows = []
    for run, found in metrics.items():
        scores = [*(name for name in _SCORES if name in found), *(name for name in found if name.startswith(RECALL))]
        factors = _factors(plan.datasets[run.dataset], varied)
        for score in scores:
            rows.append(
                {"study": plan.config["study"], "dataset": run.dataset, **factors, "method": run.method}
                | {"seed": run.seed, "metric": score, "value": found[score]}
                | {
                    name: found[name]
                    for name in ("n", "status", "reason", "seconds", "peak_mb", "commit", "config_hash")
                }
                | {"versions": ";".join(f"{name}={text}" for name, text in found["versions"].items())}
            )
    return pd.DataFrame(rows)


def kind_table(plan: Plan, kind: str, accuracy: pd.DataFrame, confusion: pd.DataFrame) -> pd.DataFrame:
    """Make the table of a kind of data, the rows of accuracy.csv of its data sets with the kind's own columns.

    n is the number of images behind a value, for recall_<class> those of the class; particles tell `tested_half`, the
    half of the real micrograph that the seed tests.
    """
    rows = accuracy[accuracy["dataset"].isin(plan.own_tables[kind])]
    own = pd.DataFrame(_own_columns(plan, kind))
    joined = with_class_counts(rows, confusion).merge(own, on=["dataset", "seed"], how="left")
    columns = ["dataset", "method", "seed", "metric", "value", "n", *own.columns.drop(["dataset", "seed"]), "status"]
    return joined[columns]


def _own_columns(plan: Plan, kind: str) -> Iterator[dict[str, Any]]:
    columns = data_kind(kind).table_columns
    if columns is None:
        return
    for name, seed in product(plan.own_tables[kind], plan.seeds):
        yield {"dataset": name, "seed": seed, **columns(plan.datasets[name].data, seed)}


def _factors(dataset: PlannedDataset, varied: list[str]) -> dict[str, Any]:
    """Give rotation_deg and every varied key of a data set; None where the data set's recipe does not say."""
    keys = dict.fromkeys(["unlabelled.rotation_deg", *varied])
    return {_column(key): _looked_up(dataset.data, key) for key in keys}


def _column(key: str) -> str:
    """Name the column of a data key: its last part, with the split where that would not be clear."""
    split, _, last = key.rpartition(".")
    if key == "labelled.per_class":
        return "labels_per_class"
    if not split or (split in _LAST_PART_IS_CLEAR and last != "per_class"):
        return last
    return f"{split}_{last}"


def _looked_up(data: Mapping[str, Any], key: str) -> Any:
    value: Any = data
    for section in key.split("."):
        value = value.get(section) if isinstance(value, Mapping) else None
    return value if not isinstance(value, (list, dict)) else json.dumps(value)


def _confusions(results: Path, metrics: Mapping[Run, Mapping[str, Any]]) -> pd.DataFrame:
    """Make confusion.csv from the predictions of every finished run."""
    tables = []
    for run, found in metrics.items():
        if found["status"] != OK or "accuracy" not in found:
            continue
        predictions = read_parquet(run_folder(results, run).predictions)
        names = found["class_names"]
        true, predicted = (predictions[column].map(names.index).to_numpy() for column in ("true", "predicted"))
        table = confusion_table(true, predicted, names)
        tables.append(table.assign(dataset=run.dataset, method=run.method, seed=run.seed))
    columns = ["dataset", "method", "seed", "true", "predicted", "fraction", "n"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _stress(plan: Plan, results: Path) -> pd.DataFrame:
    """Make stress.csv: the rows of every grid, with a column for each factor that any grid sets."""
    files = [results / "stress" / job.grid / job.method / f"seed{job.seed}.csv" for job in plan.stress_jobs]
    factors = list(dict.fromkeys(name for grid in plan.grids.values() for cell in grid.cells for name in cell))
    columns = ["grid", "method", "seed", *factors, "metric", "value", "n"]
    tables = [_read(file) for file in files]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _histories(plan: Plan, results: Path) -> pd.DataFrame:
    """Make history.csv of every run that has epochs; an epoch's seconds stay with the run, since they never repeat."""
    tables = list(_named_histories(plan, results))
    columns = ["dataset", "method", "seed", "epoch", "loss", "test_accuracy"]
    if not tables:
        return pd.DataFrame(columns=columns)
    joined = pd.concat(tables, ignore_index=True)
    others = [name for name in joined if name not in columns]
    return joined[[*columns[:-1], *others, columns[-1]]]


def _named_histories(plan: Plan, results: Path) -> Iterator[pd.DataFrame]:
    for run in plan.runs:
        history = _read(run_folder(results, run).history).drop(columns="seconds", errors="ignore")
        if len(history):
            yield history.assign(dataset=run.dataset, method=run.method, seed=run.seed)


def _manifest(plan: Plan, metrics: Mapping[Run, Mapping[str, Any]]) -> dict[str, Any]:
    failed = [found for found in metrics.values() if found["status"] != OK]
    return {
        "study": plan.config["study"],
        "commit": git_commit(),
        "collected": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": len(metrics),
        "failed_runs": len(failed),
        "stress_grids": len(plan.stress_jobs),
        "fit_seconds": round(sum(found["job_seconds"] for found in metrics.values()), 1),
        "config_hash": recipe_hash(plan.config),
        "config": plan.config,
        "machine": machine(),
        "versions": software_versions(),
    }


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is no readable table ({error}); make it again") from error
