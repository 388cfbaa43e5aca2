"""What figures read: tables, run outputs, data sets and the paper's numbers, with failed runs told apart."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from datagen.dataset import Dataset, load_dataset
from datagen.errors import InputError
from ssrvae.analysis.agreement import point_confusions, read_csv
from ssrvae.analysis.method_styles import method_label, model_label
from ssrvae.figures.shown import particle_dataset, shown_dataset
from ssrvae.study.jobs.latent_maps import LatentMap, load_latent_map
from ssrvae.study.jobs.pose_readings import Readings, load_readings

_LONGEST_REASON = 120


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
class Sources:
    """One results folder and the reference folder that holds the paper's numbers."""

    results: Path
    reference: Path

    def table(self, name: str) -> pd.DataFrame:
        """Read results/tables/<name>.csv."""
        return read_csv(self.results / "tables" / f"{name}.csv")

    def paper(self, name: str) -> pd.DataFrame:
        """Read the paper's numbers, reference/paper/<name>.csv."""
        return read_csv(self.reference / "paper" / f"{name}.csv")

    def point_confusions(self, method: str) -> pd.DataFrame:
        """Read the confusions at the points of the stress grid "confusion"."""
        return point_confusions(self.results, method)

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

    def shown_dataset(self) -> str:
        """Name the data set that figures of poses show."""
        return shown_dataset(set(self.table("accuracy")["dataset"]))

    def particle_dataset(self, source: str) -> str:
        """Name the data set of particles that figures show of a source, "simulated" or "gold"."""
        return particle_dataset(self.table("accuracy")["dataset"].unique(), source)

    def latent_map(self, dataset: str, method: str) -> tuple[int, LatentMap] | None:
        """Load the map of latents of a method's first seed that has one, with the seed; None where its run failed."""
        files = (self.results / "latents" / dataset / method).glob("seed*.npz")
        numbered = sorted((int(file.stem.removeprefix("seed")), file) for file in files)
        loaded = ((seed, load_latent_map(file)) for seed, file in numbered)
        return next(((seed, found) for seed, found in loaded if found is not None), None)

    def class_names(self, dataset: str) -> list[str]:
        """Return the class names of a data set in the order of confusion.csv, that of the classes."""
        table = self.table("confusion")
        return [str(name) for name in table.loc[table["dataset"] == dataset, "true"].unique()]

    def data_file(self, dataset: str) -> Path:
        """Return the data of a data set's first seed; InputError where there is none."""
        files = (self.results / "data" / dataset).glob("seed*.npz")
        first = min(files, key=lambda file: int(file.stem.removeprefix("seed")), default=None)
        if first is None:
            raise InputError(f"{self.results / 'data' / dataset}: no seed*.npz; figures draw its images")
        return first

    def dataset(self, dataset: str) -> Dataset:
        """Load a data set's first seed."""
        return load_dataset(self.data_file(dataset))

    def labelled_per_class(self, dataset: str) -> int:
        """Count the labelled images a class without loading the images."""
        with np.load(self.data_file(dataset), allow_pickle=False) as stored:
            labels = stored["labels"]
        known = labels[labels >= 0]
        return int(known.size // np.unique(known).size)

    def snapshots(self, dataset: str, method: str, seed: int) -> Snapshots | None:
        """Load a run's snapshots; None for a run that stored none."""
        path = self._run(dataset, method, seed) / "snapshots.npz"
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            if "epoch" not in stored or not len(stored["epoch"]):
                return None
            return Snapshots(**{field: stored[field] for field in Snapshots.__dataclass_fields__})

    def readings(self, dataset: str, method: str) -> dict[int, Readings]:
        """Load the readings of every finished seed that has them."""
        loaded = {}
        for seed in self.runs(dataset, method).finished:
            path = self.results / "readings" / dataset / method / f"seed{seed}.npz"
            if path.exists() and (readings := load_readings(path)) is not None:
                loaded[seed] = readings
        return loaded

    def model_name(self, dataset: str, method: str) -> str:
        """Return a method's printed name with the settings of its first finished run (`model_label`)."""
        for seed in self.runs(dataset, method).finished:
            path = self._run(dataset, method, seed) / "metrics.json"
            return model_label(method, json.loads(path.read_text()).get("params") or {} if path.exists() else {})
        return method_label(method)

    def _run(self, dataset: str, method: str, seed: int) -> Path:
        return self.results / "runs" / dataset / method / f"seed{seed}"
