"""The rows of accuracy.csv that one figure or table compares: the sweeps over rotation and labels, the particles."""

from __future__ import annotations

import re

import pandas as pd

ROTATION_SWEEP = re.compile(r"rotation_[0-9.]+")
LABEL_SWEEP = re.compile(r"labels_[0-9]+")


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


def balanced_rows(accuracy: pd.DataFrame, particles: pd.DataFrame) -> pd.DataFrame:
    """Return the balanced accuracies, with the `tested_half` of the real micrograph from particles.csv, else NaN."""
    rows = accuracy[accuracy["metric"] == "balanced_accuracy"]
    halves = particles[["dataset", "seed", "tested_half"]].drop_duplicates()
    return rows.merge(halves, on=["dataset", "seed"], how="left")
