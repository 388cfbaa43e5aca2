"""Accuracy over seeds: one drawn point a group, with its interval and the number of runs that are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import method_label
from ssrvae.scores.intervals import accuracy_interval

_COLUMNS = ["accuracy", "low", "high", "seeds", "images", "missing", "interval"]


def summarise_accuracy(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return a row a group of `keys`: accuracy (seeds' mean), low, high, seeds, images, missing, interval.

    `rows` hold `value` (NaN for a failed run) and `n`, the test images. The 95 % interval is Student's over
    seeds, or Wilson's over images where one seed finished; a group without a finished run is NaN.
    """
    groups = rows.groupby(list(keys), sort=True)
    return pd.DataFrame([(*key, *_summary(group)) for key, group in groups], columns=[*keys, *_COLUMNS])


def interval_note(summary: pd.DataFrame, drawn_as: str = "Bands") -> str:
    """Say which interval is drawn, and as what."""
    notes = []
    over_seeds = summary.loc[summary["interval"] == "student_t", "seeds"]
    if len(over_seeds):
        notes.append(f"Student t over {_span(over_seeds)} seeds")
    over_images = summary.loc[summary["interval"] == "wilson", "images"]
    if len(over_images):
        notes.append(f"Wilson, one seed's {_span(over_images)} test images")
    return f"{drawn_as}: 95 % intervals, {'; '.join(notes)}" if notes else ""


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


def _summary(group: pd.DataFrame) -> tuple[float, float, float, int, int, int, str]:
    finished = group.dropna(subset="value")
    missing = len(group) - len(finished)
    if finished.empty:
        return np.nan, np.nan, np.nan, 0, 0, missing, "none"
    n_images = int(finished["n"].iloc[0])
    interval = accuracy_interval(finished["value"], n_images)
    return interval.center, interval.low, interval.high, len(finished), n_images, missing, interval.kind


def _span(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low}" if low == high else f"{low} to {high}"
