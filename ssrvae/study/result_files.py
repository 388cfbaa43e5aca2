"""Where a plan's results lie: files of its own data sets, methods and seeds, whatever else the folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datagen.errors import InputError
from ssrvae.base.files import read_json

if TYPE_CHECKING:
    from ssrvae.study.plan import Plan, Run, StressJob


@dataclass(frozen=True)
class ResultFiles:
    """Names the files that the jobs of a plan write under a results folder."""

    plan: Plan
    folder: Path

    def runs(self, dataset: str, *methods: str) -> list[Run]:
        """List the planned runs of methods on a data set, method by method; those that are not planned have none."""
        return [run for method in methods for run in self.plan.runs if (run.dataset, run.method) == (dataset, method)]

    def first_runs(self, dataset: str, *methods: str) -> list[Run]:
        """List those of the least seed alone."""
        return [run for run in self.runs(dataset, *methods) if run.seed == min(self.plan.seeds)]

    def stress_jobs(self, grid: str, method: str) -> list[StressJob]:
        """List the planned tests of a method's fitted models on a stress grid."""
        return [job for job in self.plan.stress_jobs if (job.grid, job.method) == (grid, method)]

    def table(self, name: str) -> Path:
        """Name a tidy table of all runs."""
        return self.folder / "tables" / f"{name}.csv"

    def first_data(self, dataset: str) -> Path:
        """Name the images of a data set's least seed."""
        return self.folder / "data" / dataset / f"seed{min(self.plan.seeds)}.npz"

    def metrics(self, run: Run) -> Path:
        """Name a run's status, scores and parameters."""
        return self._of_run("runs", run) / "metrics.json"

    def predictions(self, run: Run) -> Path:
        """Name the predicted classes and probabilities of a run's test images."""
        return self._of_run("runs", run) / "predictions.parquet"

    def snapshots(self, run: Run) -> Path:
        """Name a run's states during training."""
        return self._of_run("runs", run) / "snapshots.npz"

    def readings(self, run: Run) -> Path:
        """Name what a run's model reads in the test images."""
        return self._of_run("readings", run).with_suffix(".npz")

    def latent_map(self, run: Run) -> Path:
        """Name the images that a run's model draws over two style variables."""
        return self._of_run("latents", run).with_suffix(".npz")

    def class_averages(self, run: Run) -> Path:
        """Name the averages of the test images by the class that a run's model takes them for."""
        return self._of_run("averages", run).with_suffix(".npz")

    def stress_confusion(self, job: StressJob) -> Path:
        """Name the confusions in the cells of a stress grid."""
        return self.folder / "stress" / job.grid / job.method / f"seed{job.seed}.confusion.csv"

    def _of_run(self, kind: str, run: Run) -> Path:
        return self.folder / kind / run.dataset / run.method / f"seed{run.seed}"


def refuse_other_study(plan: Plan) -> None:
    """Raise InputError where the plan's results folder holds the tables of another study, which it would replace.

    A manifest that cannot be read is written anew.
    """
    study, results = plan.config["study"], plan.config["results"]
    try:
        manifest = read_json(Path(results, "tables", "manifest.json"))
    except InputError:
        return
    match manifest:
        case {"config": {"study": held}} if held != study:
            raise InputError(
                f"results: {results!r} holds the tables of study {held!r}; give {study!r} a folder of its own"
            )
