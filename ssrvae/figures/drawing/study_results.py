"""What figures read of a study: its tables, run outputs and data, and the paper's numbers; failed runs told apart."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from datagen.dataset import Dataset, load_dataset
from datagen.npz import read_npz
from ssrvae.analysis.agreement import point_confusions
from ssrvae.analysis.method_styles import MethodStyle, method_label, method_styles, model_label, model_settings
from ssrvae.base.files import read_csv, read_json, read_parquet
from ssrvae.study.jobs.class_averages import ClassAverages
from ssrvae.study.jobs.latent_maps import LatentMap
from ssrvae.study.jobs.model_arrays import load_arrays
from ssrvae.study.jobs.pose_readings import Readings
from ssrvae.study.result_files import ResultFiles

if TYPE_CHECKING:
    from ssrvae.study.plan import Plan, Run

_LONGEST_REASON = 120
Arrays = TypeVar("Arrays")


@dataclass(frozen=True)
class Runs:
    """The runs of one method on one data set: seeds that finished, and the reason of each that failed."""

    dataset: str
    method: str
    finished: tuple[int, ...]
    failed: dict[int, str]

    def failures(self) -> str:
        """Say which runs failed and why; empty when none did, also where none was made."""
        return self.trouble() if self.failed else ""

    def trouble(self) -> str:
        """Say what is missing, in a few words; empty when nothing is."""
        if not self.finished and not self.failed:
            return f"{method_label(self.method)}: not run on {self.dataset}"
        if not self.failed:
            return ""
        seeds_of_reason: dict[str, list[str]] = {}
        for seed, reason in self.failed.items():
            seeds_of_reason.setdefault(reason, []).append(str(seed))
        reasons = "; ".join(f"seed {', '.join(seeds)}: {why}" for why, seeds in seeds_of_reason.items())
        n_runs = len(self.finished) + len(self.failed)
        return f"{method_label(self.method)}: {len(self.failed)} of {n_runs} runs failed ({reasons})"


@dataclass(frozen=True)
class Snapshots:
    """A VAE's states during training.

    epoch [e]; accuracy [e]; traversal [e, classes, style variables, steps, height, width] uint8;
    style [e, images, variables]; predicted [e, images]; truth [images].
    """

    epoch: np.ndarray
    accuracy: np.ndarray
    traversal: np.ndarray
    style: np.ndarray
    predicted: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class StudyResults:
    """The results that a plan has in a folder, and the reference folder that holds the paper's numbers."""

    files: ResultFiles
    reference: Path

    @property
    def plan(self) -> Plan:
        """The plan whose results these are: nothing else that lies in the folder is read."""
        return self.files.plan

    def table(self, name: str) -> pd.DataFrame:
        """Read tables/<name>.csv."""
        return read_csv(self.files.table(name))

    def paper(self, name: str) -> pd.DataFrame:
        """Read the paper's numbers, reference/paper/<name>.csv."""
        return read_csv(self.reference / "paper" / f"{name}.csv")

    def point_confusions(self, method: str) -> pd.DataFrame:
        """Read the confusions at the points of Figs. 4b and 4c."""
        return point_confusions(self.files, method)

    def styles(self, methods: Iterable[str]) -> dict[str, MethodStyle]:
        """Return the styles of methods, the same in every figure of the study."""
        return method_styles(methods, self.plan.config["methods"])

    def runs(self, dataset: str, method: str) -> Runs:
        """Tell the finished from the failed runs of accuracy.csv."""
        table = self.table("accuracy")
        rows = table[(table["dataset"] == dataset) & (table["method"] == method)].drop_duplicates("seed")
        rows = rows.sort_values("seed")
        ok = rows["status"] == "ok"
        seeds = rows["seed"].astype(int)
        whys = rows["status"].str.cat(rows["reason"].astype(object).fillna("").astype(str), sep=", ").str.strip(", ")
        failed = {
            seed: textwrap.shorten(why, _LONGEST_REASON, placeholder=" …")
            for seed, why in zip(seeds[~ok], whys[~ok], strict=True)
        }
        return Runs(dataset, method, tuple(seeds[ok]), failed)

    def class_names(self, dataset: str) -> list[str]:
        """Return the class names of a data set in the order of confusion.csv, that of the classes."""
        table = self.table("confusion")
        return [str(name) for name in table.loc[table["dataset"] == dataset, "true"].unique()]

    def images(self, dataset: str) -> Dataset:
        """Load the data of a data set's first seed."""
        return load_dataset(self.files.first_data(dataset))

    def labelled_per_class(self, dataset: str) -> int:
        """Count the labelled images a class of the first seed."""
        labels = self.images(dataset).labels
        known = labels[labels >= 0]
        return int(known.size // np.unique(known).size)

    def first_snapshots(self, dataset: str, method: str) -> tuple[int, Snapshots] | None:
        """Load the snapshots of the first finished seed that stored any, with the seed."""
        stored = ((run.seed, _snapshots(self.files.snapshots(run))) for run in self._finished(dataset, method))
        return next(((seed, found) for seed, found in stored if found is not None), None)

    def readings(self, dataset: str, method: str) -> dict[int, Readings]:
        """Load the readings of every finished seed."""
        read = {run.seed: load_arrays(self.files.readings(run), Readings) for run in self._finished(dataset, method)}
        return {seed: readings for seed, readings in read.items() if readings is not None}

    def predictions(self, dataset: str, method: str) -> list[pd.DataFrame]:
        """Read the predictions of every finished seed: true and predicted class, and p_<class> where there are any."""
        return [read_parquet(self.files.predictions(run)) for run in self._finished(dataset, method)]

    def latent_map(self, dataset: str, method: str) -> tuple[int, LatentMap] | None:
        """Load the map of latents of a method's first seed, with the seed; None where its run failed."""
        return self._of_first(dataset, method, lambda run: load_arrays(self.files.latent_map(run), LatentMap))

    def class_averages(self, dataset: str, method: str) -> tuple[int, ClassAverages] | None:
        """Load the class averages of a method's first seed, with the seed; None where its run failed."""
        return self._of_first(dataset, method, lambda run: load_arrays(self.files.class_averages(run), ClassAverages))

    def model_name(self, dataset: str, method: str) -> str:
        """Return a method's printed name with the settings of its first finished run (`model_label`)."""
        return model_label(method, self._params(dataset, method))

    def model_note(self, dataset: str, method: str) -> str:
        """Say with which settings this study's first finished run of a VAE was fitted; empty where it names none."""
        settings = model_settings(self._params(dataset, method))
        return f"{method_label(method)} of this study: {', '.join(settings)}" if settings else ""

    def _params(self, dataset: str, method: str) -> dict[str, Any]:
        finished = self._finished(dataset, method)
        return (read_json(self.files.metrics(finished[0])).get("params") or {}) if finished else {}

    def _of_first(self, dataset: str, method: str, load: Callable[[Run], Arrays | None]) -> tuple[int, Arrays] | None:
        first = [run for run in self._finished(dataset, method) if run in self.files.first_runs(dataset, method)]
        return next(((run.seed, found) for run in first if (found := load(run)) is not None), None)

    def _finished(self, dataset: str, method: str) -> list[Run]:
        seeds = self.runs(dataset, method).finished
        runs = [run for run in self.files.runs(dataset, method) if run.seed in seeds]
        return sorted(runs, key=lambda run: run.seed)


def _snapshots(path: Path) -> Snapshots | None:
    """Load snapshots; None for a run that stored none."""
    stored = read_npz(path)
    return Snapshots(**{name: stored[name] for name in Snapshots.__dataclass_fields__}) if stored else None
