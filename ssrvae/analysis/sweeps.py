"""The rows of accuracy.csv that one figure or table compares: sweeps over rotation and labels, sets of objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.base.files import read_csv

if TYPE_CHECKING:
    from ssrvae.study.result_files import ResultFiles

ROTATION_SWEEP = re.compile(r"rotation_[0-9.]+")
LABEL_SWEEP = re.compile(r"labels_[0-9]+")
PARTICLES = "particles"
RECALL = "recall_"
"""Scores of one class are named so, with its name."""


def rotation_sweep(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy rows of the sweep "rotation": data sets named rotation_<degrees>."""
    in_sweep = accuracy["dataset"].str.fullmatch(ROTATION_SWEEP)
    return accuracy[in_sweep & (accuracy["metric"] == "accuracy")]


def label_sweep(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy rows of the sweep "labels", data sets named labels_<n>; none where no labels are counted."""
    in_sweep = accuracy["dataset"].str.fullmatch(LABEL_SWEEP)
    labels = accuracy.get("labels_per_class", pd.Series(pd.NA, accuracy.index))
    return accuracy.assign(labels_per_class=labels)[in_sweep & labels.notna() & (accuracy["metric"] == "accuracy")]


def learning_rows(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the curve: of a method and number of labels that both sweeps hold, those of "labels"."""
    labels = label_sweep(accuracy)
    rotations = rotation_sweep(accuracy)
    is_alike = rotations["rotation_deg"].isin(labels["rotation_deg"]) & rotations["method"].isin(labels["method"])
    return pd.concat([labels, rotations[is_alike]]).drop_duplicates(["method", "labels_per_class", "seed"])


def balanced_rows(accuracy: pd.DataFrame, particles: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the balanced accuracies, with the `tested_half` of the real micrograph from particles.csv, else NaN."""
    return _with_halves(accuracy[accuracy["metric"] == "balanced_accuracy"], particles)


def recall_rows(accuracy: pd.DataFrame, confusion: pd.DataFrame, particles: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the recalls with their `class`, `n` the images of that class by confusion.csv, and `tested_half` as above.

    A class of which no run finished keeps `n`, all test images.
    """
    rows = with_class_counts(accuracy[accuracy["metric"].str.startswith(RECALL)], confusion)
    return _with_halves(rows.assign(**{"class": rows["metric"].str.removeprefix(RECALL)}), particles)


def with_class_counts(rows: pd.DataFrame, confusion: pd.DataFrame) -> pd.DataFrame:
    """Let `n` of the recalls among accuracy rows be the images of the class, as confusion.csv counts them."""
    classes = confusion.drop_duplicates(["dataset", "seed", "true"])
    of_class = classes.assign(metric=RECALL + classes["true"].astype(str))[["dataset", "seed", "metric", "n"]]
    keys = ["dataset", "seed", "metric"]
    joined = rows.merge(of_class, on=keys, how="left", suffixes=("", "_of_class"))
    n = joined.pop("n_of_class").fillna(joined["n"]).astype(int)
    return joined.assign(n=n)


def particle_table(files: ResultFiles) -> pd.DataFrame | None:
    """Read particles.csv; None for a study without particles, which has none."""
    return read_csv(files.table(PARTICLES)) if PARTICLES in files.plan.own_tables else None


def _with_halves(rows: pd.DataFrame, particles: pd.DataFrame | None) -> pd.DataFrame:
    if particles is None:
        return rows.assign(tested_half=None)
    halves = particles[["dataset", "seed", "tested_half"]].drop_duplicates()
    return rows.merge(halves, on=["dataset", "seed"], how="left")
