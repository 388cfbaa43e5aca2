"""Which deliberate breaks does the regression gate catch, and by which scores?

    python -m benchmarks.regression_breaks [BREAK ...] [--seeds 1] [--methods ssrvae ...] [--out FILE]

Each break is one mistake, made in the running program; the whole study of config/regression.yaml is then run and
compared with its reference. `none` breaks nothing: that row must say that nothing moved, also with more threads and on
another processor, which these variables play:

    ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 MKL_ENABLE_INSTRUCTIONS=SSE4_2 OPENBLAS_CORETYPE=Nehalem \\
        python -m benchmarks.regression_breaks none
    python -m benchmarks.regression_breaks none --threads 2
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import torch
from threadpoolctl import threadpool_limits

from datagen.dataset import UNLABELLED, Dataset, save_dataset
from ssrvae.analysis.regression import Comparison, compare_with_reference
from ssrvae.analysis.tables import accuracy_table, run_folder
from ssrvae.base.files import write_csv
from ssrvae.study.jobs.data import make_dataset
from ssrvae.study.jobs.fit import Prediction
from ssrvae.study.jobs.fit import run as fit_and_score
from ssrvae.study.plan import Plan, Run, load_plan

STUDY, REFERENCE = "config/regression.yaml", Path("results/reference/regression.csv")
LEFT_OUT = 10
"""One label in so many is lost by the break `labels_share`."""
GREY_LEVELS = 16

Change = Callable[[Any], Any]
"""Given the right function, the wrong one."""


def _without_shift(right: Any) -> Any:
    def to_pose(self: Any, values: Mapping[str, torch.Tensor]) -> Any:
        pose = right(self, values)
        return pose and pose._replace(shift=torch.zeros_like(pose.shift))

    return to_pose


def _labels_lost(right: Any) -> Any:
    def training_set(self: Dataset) -> tuple[np.ndarray, np.ndarray]:
        images, labels = right(self)
        lost = np.flatnonzero(labels != UNLABELLED)[::LEFT_OUT]
        return images, np.where(np.isin(np.arange(len(labels)), lost), UNLABELLED, labels)

    return training_set


def _unlabelled_left_out(right: Any) -> Any:
    def training_set(self: Dataset) -> tuple[np.ndarray, np.ndarray]:
        images, labels = right(self)
        return images[labels != UNLABELLED], labels[labels != UNLABELLED]

    return training_set


def _classes_swapped(right: Any) -> Any:
    def predict(*arguments: Any) -> Prediction:
        found = right(*arguments)
        order = np.arange(max(2, 1 + found.predicted.max()))
        order[[0, 1]] = 1, 0
        return replace(found, predicted=order[found.predicted])

    return predict


def _rounded_images(right: Any) -> Any:
    def load(*arguments: Any, **keywords: Any) -> Dataset:
        dataset = right(*arguments, **keywords)
        steps = GREY_LEVELS - 1
        return replace(dataset, images=np.round(dataset.images * steps).astype(np.float32) / np.float32(steps))

    return load


_VAE, _FIT = "ssrvae.models.vae", "ssrvae.study.jobs.fit"
_PROJECTED = f"{_VAE}.angle_priors.projected_normal.ProjectedNormalAngle"
BREAKS: dict[str, Mapping[str, Change]] = {
    "none": {},
    "angle_sign": {
        f"{angle}.to_radians": lambda right: lambda self, value: -right(self, value)
        for angle in (_PROJECTED, f"{_VAE}.angle_priors.normal.NormalAngle")
    },
    "angle_sign_marginal": {
        f"ssrvae.models.marginal.{module}.turn": lambda right: lambda basis, orders, angle: right(basis, orders, -angle)
        for module in ("training", "inference")
    },
    "no_shift": {"ssrvae.models.vae.model.Latents.to_pose": _without_shift},
    "labels_share": {"datagen.dataset.Dataset.training_set": _labels_lost},
    "prior_off": {
        f"{latent}.prior_near": lambda right: lambda self, known: self.prior(known)
        for latent in (_PROJECTED, f"{_VAE}.latents.NormalLatent")
    },
    "temperature_off": {"ssrvae.models.vae.schedule.Schedule.temperature_at": lambda right: lambda self, share: 1.0},
    "unlabelled_ignored": {"datagen.dataset.Dataset.training_set": _unlabelled_left_out},
    "class_swapped": {f"{_FIT}.predict": _classes_swapped},
    "four_bits": {f"{_FIT}.load_dataset": _rounded_images},
}
"""By name: which functions are replaced, each by what."""


def main() -> None:
    """Run the study under every break that was asked for, and print and write what the gate says."""
    asked = _arguments()
    plan = load_plan(STUDY)
    runs = [
        run
        for run in plan.runs
        if run.seed in (asked.seeds or plan.config["seeds"]) and run.method in (asked.methods or plan.config["methods"])
    ]
    torch.set_num_threads(asked.threads)
    rows = []
    with threadpool_limits(asked.threads), tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.csv"
        write_csv(_of_runs(pd.read_csv(REFERENCE, dtype={"commit": str}), runs), reference)
        for name in asked.breaks:
            with broken(BREAKS[name]):
                accuracy = run_study(plan, runs, Path(folder), name)
            rows.append(row(name, compare_with_reference(accuracy, reference)))
            print(*rows[-1].values(), sep=" | ", flush=True)
            write_csv(pd.DataFrame(rows), asked.out)


@contextmanager
def broken(changes: Mapping[str, Change]) -> Iterator[None]:
    """Replace functions, named by module and attribute, for a while."""
    with ExitStack() as stack:
        for target, change in changes.items():
            module, _, attribute = target.rpartition(".")
            stack.enter_context(mock.patch.object(resolve_name(module), attribute, change(resolve_name(target))))
        yield


def run_study(plan: Plan, runs: Sequence[Run], folder: Path, name: str) -> Path:
    """Make the data once, fit these runs of a plan in this process, and write accuracy.csv."""
    results = folder / name
    for planned in runs:
        data = folder / "data" / f"{planned.dataset}_{planned.seed}.npz"
        if not data.exists():
            save_dataset(make_dataset(plan.data_recipe(planned.dataset), planned.seed), data)
        identity = {"dataset": planned.dataset, "method": planned.method, "seed": planned.seed, "threads": 1}
        recipe = plan.fit_recipe(planned.dataset, planned.method)
        fit_and_score(data, run_folder(results, planned).path, identity, recipe, "record")
    metrics = {planned: run_folder(results, planned).read_metrics() for planned in runs}
    write_csv(accuracy_table(plan, metrics), results / "accuracy.csv")
    return results / "accuracy.csv"


def row(name: str, comparisons: list[Comparison]) -> dict[str, Any]:
    """Sum up what the gate says: whether it caught the break, and by which scores of which methods."""
    changed = [comparison for comparison in comparisons if comparison.verdict != "same"]
    return {
        "break": name,
        "caught": bool(changed),
        "scores": f"{len(changed)} of {len(comparisons)}",
        "by": "; ".join(_shift(comparison) for comparison in changed),
    }


def _of_runs(reference: pd.DataFrame, runs: Sequence[Run]) -> pd.DataFrame:
    keys = {(run.dataset, run.method, run.seed) for run in runs}
    rows = zip(reference["dataset"], reference["method"], reference["seed"], strict=True)
    return reference[[row in keys for row in rows]]


def _shift(comparison: Comparison) -> str:
    if comparison.verdict != "moved":
        return f"{comparison.score} {comparison.verdict}"
    return f"{comparison.score} {max(comparison.shifts.values(), key=abs):+.2g}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("breaks", nargs="*", metavar="BREAK", help=f"{', '.join(BREAKS)}; default: all")
    parser.add_argument("--seeds", type=int, nargs="+", help="those of the study, or fewer; default: all")
    parser.add_argument("--methods", nargs="+", help="only these; default: all of the study")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/tables/regression_breaks.csv"))
    asked = parser.parse_args()
    if unknown := [name for name in asked.breaks if name not in BREAKS]:
        parser.error(f"unknown break {unknown[0]!r}; allowed are {', '.join(BREAKS)}")
    asked.breaks = asked.breaks or list(BREAKS)
    return asked


if __name__ == "__main__":
    main()
