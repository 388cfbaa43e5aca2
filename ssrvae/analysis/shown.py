"""Which data sets, methods and stress grids of a plan its figures show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ssrvae.analysis.agreement import DATASET, METHOD, Panel
from ssrvae.analysis.sweeps import LABEL_SWEEP, ROTATION_SWEEP

if TYPE_CHECKING:
    from ssrvae.study.plan import Plan
    from ssrvae.study.result_files import ResultFiles

TREES = ("decision_tree", "random_forest", "xgboost")
MARGINAL = "marginal"
"""The marginal-pose model's method; its variants' names start so."""
EXEMPLAR = "exemplar"
"""The exemplar model's method."""
POSE_METHODS = (METHOD, MARGINAL)
"""The methods whose poses are compared."""
_FEWEST_ABLATED = 3


def runs_all(plan: Plan, dataset: str, methods: Iterable[str] = ()) -> bool:
    """Tell whether a plan has a data set and runs all these methods on it."""
    return dataset in plan.datasets and set(methods) <= set(plan.datasets[dataset].methods)


def runs_any(plan: Plan, dataset: str, methods: Iterable[str]) -> bool:
    """Tell whether a plan runs at least one of these methods on a data set."""
    return dataset in plan.datasets and not set(methods).isdisjoint(plan.datasets[dataset].methods)


def stresses(plan: Plan, panel: Panel, method: str) -> bool:
    """Tell whether a plan tests a method on the stress grid of a panel, over just the panel's factors."""
    grid = plan.grids.get(panel.grid)
    if grid is None or method not in grid.methods:
        return False
    return all(set(cell) == set(panel.factors) for cell in grid.cells)


def repeats(plan: Plan, panel: Panel) -> bool:
    """Tell whether a plan repeats a panel of the paper: with its own method, trained on its own data set."""
    return stresses(plan, panel, METHOD) and plan.grids[panel.grid].dataset == DATASET


def varies(plan: Plan, key: str) -> bool:
    """Tell whether data sets that sweeps make of the base differ in this key alone, at least two of them."""
    of_base = [dataset for dataset in plan.datasets.values() if not dataset.swept_from]
    return sum(set(dataset.varied) == {key} for dataset in of_base) >= 2


def label_sweep(plan: Plan) -> list[str]:
    """List the data sets of the sweep "labels"."""
    return [name for name in plan.datasets if LABEL_SWEEP.fullmatch(name)]


def object_sets(plan: Plan) -> list[str]:
    """List the data sets of `datasets`, those that sweeps make of them left out."""
    return list(plan.config.get("datasets", {}))


def averaged_sets(plan: Plan) -> list[str]:
    """List the data sets of `datasets` that the exemplar model is run on, whose classes it averages."""
    return [name for name in object_sets(plan) if runs_all(plan, name, [EXEMPLAR])]


def label_curves(plan: Plan) -> dict[str, list[str]]:
    """List by data set of `datasets` those that a sweep over the number of its labels made of it."""
    curves: dict[str, list[str]] = {}
    for name, dataset in plan.datasets.items():
        if dataset.swept_from and set(dataset.varied) == {"labelled.per_class"}:
            curves.setdefault(dataset.swept_from, []).append(name)
    return curves


def pose_dataset(plan: Plan) -> str:
    """Name the data set that figures of poses show: rotation_180 where there is one, else the paper's."""
    return "rotation_180" if "rotation_180" in plan.datasets else DATASET


def poses_read_by(*methods: str) -> Callable[[ResultFiles], list[Path]]:
    """Give what figures of these methods' poses are drawn from: accuracies, and readings of the data set shown."""
    return lambda files: [
        files.table("accuracy"),
        *map(files.readings, files.runs(pose_dataset(files.plan), *methods)),
    ]


def particle_dataset(plan: Plan, source: str) -> str:
    """Name the first data set of particles from a source, whose name begins so: "simulated" or "gold"; "" for none."""
    return next((name for name in plan.of_kind("particles") if name.startswith(source)), "")


def ablated(plan: Plan, dataset: str) -> list[str]:
    """List the variants of the marginal-pose model whose ablation a data set shows.

    None where there are fewer than three, and none for data sets of the sweep over rotation.
    """
    variants = [method for method in plan.datasets[dataset].methods if method.startswith(MARGINAL)]
    is_shown = len(variants) >= _FEWEST_ABLATED and not ROTATION_SWEEP.fullmatch(dataset)
    return variants if is_shown else []
