"""Accuracy over seeds: one drawn point a group, with its interval and the number of runs that are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import method_label
from ssrvae.scores.intervals import score_interval

_COLUMNS = ["accuracy", "low", "high", "seeds", "images", "missing", "interval"]


def summarise_accuracy(rows: pd.DataFrame, keys: Sequence[str], confusion: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a row a group of `keys`: accuracy (seeds' mean), low, high, seeds, images, missing, interval.

    `rows` hold `metric`, `value` (NaN for a failed run) and `n`, the test images. For balanced accuracies `confusion`,
    confusion.csv, says how many images each class has. The 95 % interval is `score_interval`'s: over seeds, else over
    images; a `tested_half` of the one real micrograph is a fixed block. A group without a finished run is NaN.
    """
    groups = rows.groupby(list(keys), sort=True)
    return pd.DataFrame([(*key, *_summary(group, confusion)) for key, group in groups], columns=[*keys, *_COLUMNS])


def ranks(rows: pd.DataFrame) -> pd.Series:
    """Rank the methods of each data set by their seeds' mean, 1 the best, by (data set, method).

    Methods that score alike share the mean of their ranks; those without a finished run come last.
    """
    means = rows.groupby(["dataset", "method"])["value"].mean()
    return means.groupby("dataset").rank(ascending=False, na_option="bottom").rename("rank")


def methods_by_rank(rows: pd.DataFrame) -> list[str]:
    """List the methods, the best first, by the mean share of the others of a data set that stand above them."""
    found = ranks(rows)
    others = (found.groupby("dataset").transform("size") - 1).clip(lower=1)
    above = ((found - 1) / others).groupby("method").mean()
    return [str(method) for method in above.sort_values(kind="stable").index]


def interval_note(summary: pd.DataFrame) -> str:
    """Say which intervals are drawn as bars."""
    notes = []
    for (kind, is_single), own in summary.groupby(["interval", summary["seeds"] == 1], sort=False):
        seeds, where = _span(own["seeds"]), "" if is_single else " where seeds tell too little"
        images = f"one seed's {_span(own['images'])} test images{where}"
        note = {
            "student_t": f"Student t over {seeds} seeds",
            "student_t_by_block": f"Student t over {seeds} draws within the halves, for this micrograph alone",
            "wilson": f"Wilson, {images}",
            "by_class": f"Clopper-Pearson class by class, {images}",
        }
        notes.append(note.get(str(kind), ""))
    told = "; ".join(note for note in notes if note)
    return f"Bars: 95 % intervals, {told}" if told else ""


def accuracy_floor(values: pd.Series) -> float:
    """Round the least accuracy down to a tenth, for the low end of a scale; 0 where there is none."""
    least = values.min()
    return float(np.floor(10 * max(least, 0)) / 10) if np.isfinite(least) else 0.0


def failure_note(rows: pd.DataFrame, key: str, place: str) -> str:
    """Count the failed runs of accuracy rows by method and column `key`, written into `place` as "at ±{:g}°"."""
    failed = rows[rows["value"].isna()]
    if failed.empty:
        return ""
    where = [
        f"{method_label(str(method))} {place.format(value)} ({len(group)})"
        for (method, value), group in failed.groupby(["method", key])
    ]
    return f"{len(failed)} of {len(rows)} runs failed and are not drawn: {', '.join(where)}"


def _summary(group: pd.DataFrame, confusion: pd.DataFrame | None) -> tuple[float, float, float, int, int, int, str]:
    finished = group.dropna(subset="value")
    missing = len(group) - len(finished)
    if finished.empty:
        return np.nan, np.nan, np.nan, 0, 0, missing, "none"
    interval = score_interval(finished["value"], *_class_counts(finished, confusion), tested_halves(finished))
    images = interval.n if interval.kind in ("wilson", "by_class") else int(finished["n"].iloc[0])
    return interval.center, interval.low, interval.high, len(finished), images, missing, interval.kind


def tested_halves(rows: pd.DataFrame) -> pd.Series | None:
    """Return the half of the one real micrograph that each row was measured on; None where rows tell of none."""
    return rows["tested_half"].astype(object).fillna("") if "tested_half" in rows else None


def _class_counts(rows: pd.DataFrame, confusion: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the hits and the images [rows, classes] behind each score; a score of all images alike has one class."""
    if not (rows["metric"] == "balanced_accuracy").all():
        images = rows["n"].to_numpy()[:, None]
        return rows["value"].to_numpy()[:, None] * images, images
    if confusion is None:
        raise ValueError("the interval of a balanced accuracy needs confusion.csv: images count by class")
    found = confusion[confusion["true"] == confusion["predicted"]].merge(rows[["dataset", "method", "seed"]])
    table = found.assign(hits=found["fraction"] * found["n"]).pivot(index="seed", columns="true", values=["hits", "n"])
    table = table.loc[rows["seed"]].fillna(0)
    return table["hits"].to_numpy(), table["n"].to_numpy()


def _span(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low}" if low == high else f"{low} to {high}"
