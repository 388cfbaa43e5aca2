"""How close our panels come to the paper's digitised ones, and which of its claims hold in numbers.

Panels are tables with one value a cell. Cells are paired by their factors' levels; levels within 1 % of
each other are the same level, because digitised levels are rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ssrvae.base.files import read_csv

if TYPE_CHECKING:
    from ssrvae.study.result_files import ResultFiles

REFERENCE = Path(__file__).parent
"""The folder that holds paper/*.csv."""
METHOD = "ssrvae"
DATASET = "rotation_60"


@dataclass(frozen=True)
class Panel:
    """One digitised panel of the paper: its file, the stress grid that repeats it, a cell's factors."""

    file: str
    grid: str
    factors: tuple[str, ...]


PANELS = {
    "fig4a": Panel("fig4a_shear_angle.csv", "shear_rotation", ("shear_deg", "rotation_deg")),
    "fig4e": Panel("fig4e_noise.csv", "noise", ("noise_sigma",)),
    "fig4f": Panel("fig4f_contamination.csv", "contamination", ("contamination_intensity", "contamination_density")),
}
POINTS = Panel("fig4b_confusion.csv", "confusion", ("shear_deg", "rotation_deg"))
"""Figs. 4b and 4c: the confusion at single cells."""


def paper_panel(figure: str, reference_dir: Path) -> pd.DataFrame:
    """Return the paper's cells of "fig4a", "fig4e" or "fig4f": the panel's factors and `accuracy`."""
    paper = read_csv(reference_dir / "paper" / PANELS[figure].file)
    return paper.rename(columns={"angle_deg": "rotation_deg"})[[*PANELS[figure].factors, "accuracy"]]


def grid_panel(stress: pd.DataFrame, figure: str, method: str = METHOD) -> pd.DataFrame:
    """Return our cells of a figure's grid, from stress.csv: factors and `accuracy`, the mean of ok seeds."""
    panel = PANELS[figure]
    absent = [factor for factor in panel.factors if factor not in stress]
    if absent:
        return pd.DataFrame(columns=[*panel.factors, "accuracy"], dtype=float)
    rows = grid_accuracy(stress, panel.grid)
    ours = rows[rows["method"] == method]
    return ours.groupby(list(panel.factors)).agg(accuracy=("value", "mean")).reset_index()


def grid_accuracy(stress: pd.DataFrame, grid: str) -> pd.DataFrame:
    """Return the accuracy rows of one stress grid, all methods and seeds; `value` is NaN for a failed run."""
    return stress[(stress["grid"] == grid) & (stress["metric"] == "accuracy")]


def shared_cells(ours: pd.DataFrame, paper: pd.DataFrame, keys: Sequence[str], value: str) -> pd.DataFrame:
    """Return the cells that both panels have: `keys`, `ours`, `paper` and `difference` = ours - paper."""
    ours = ours[[*keys, value]].copy()
    for key in keys:
        ours[key] = _nearest_levels(ours[key], paper[key])
    both = ours.merge(paper[[*keys, value]], on=list(keys), suffixes=("_ours", "_paper"))
    both = both.rename(columns={f"{value}_ours": "ours", f"{value}_paper": "paper"}).dropna()
    return both.assign(difference=both["ours"] - both["paper"]).reset_index(drop=True)


def compare(ours: ArrayLike, paper: ArrayLike) -> dict[str, float]:
    """Return spearman, mean_absolute_difference, largest_absolute_difference and `cells` of paired values.

    Statistics that the pairs cannot give (none at all, or a constant panel for Spearman's) are NaN.
    """
    ours, paper = np.asarray(ours, dtype=float), np.asarray(paper, dtype=float)
    distance = np.abs(ours - paper)
    return {
        "spearman": _spearman(ours, paper),
        "mean_absolute_difference": float(distance.mean()) if distance.size else np.nan,
        "largest_absolute_difference": float(distance.max()) if distance.size else np.nan,
        "cells": float(distance.size),
    }


def agreement_table(files: ResultFiles, reference_dir: Path) -> pd.DataFrame:
    """Return agreement.csv: rows (figure, statistic, value) for Figs. 4a, 4b, 4e, 4f and the training curve.

    Reads the tables stress and history, the planned confusions at the grid's points and reference_dir/paper/*.csv;
    raises InputError for a missing file. What has no finished run gives NaN rows, with `cells` 0.
    """
    stress = read_csv(files.table("stress"))
    rows: dict[str, dict[str, float]] = {}
    for figure, panel in PANELS.items():
        ours = grid_panel(stress, figure)
        both = shared_cells(ours, paper_panel(figure, reference_dir), panel.factors, "accuracy")
        rows[figure] = compare(both["ours"], both["paper"]) | _claims(figure, ours)
    rows["fig4b"] = _confusion_agreement(files, reference_dir)
    rows["training"] = _training_agreement(read_csv(files.table("history")), reference_dir)
    table = [(figure, name, value) for figure, row in rows.items() for name, value in row.items()]
    return pd.DataFrame(table, columns=["figure", "statistic", "value"])


def point_confusions(files: ResultFiles, method: str = METHOD) -> pd.DataFrame:
    """Return the confusion at the points of Figs. 4b and 4c, of the planned seeds.

    Columns: seed, shear_deg, rotation_deg, true, predicted, fraction, n. Empty where no such test is planned.
    """
    points = [
        read_csv(files.stress_confusion(job)).assign(seed=job.seed) for job in files.stress_jobs(POINTS.grid, method)
    ]
    empty = pd.DataFrame(columns=["seed", *POINTS.factors, "true", "predicted", "fraction", "n"])
    return pd.concat(points, ignore_index=True) if points else empty


def _confusion_agreement(files: ResultFiles, reference_dir: Path) -> dict[str, float]:
    paper = read_csv(reference_dir / "paper" / POINTS.file)
    points = point_confusions(files)
    at_training_disorder = points[(points["shear_deg"] == 15) & (points["rotation_deg"] == 60)]
    ours = at_training_disorder.groupby(["true", "predicted"], as_index=False)["fraction"].mean()
    both = ours.merge(paper, on=["true", "predicted"], suffixes=("_ours", "_paper")).dropna()
    return compare(both["fraction_ours"], both["fraction_paper"])


def _training_agreement(history: pd.DataFrame, reference_dir: Path) -> dict[str, float]:
    paper = read_csv(reference_dir / "paper" / "training_curve.csv")
    ours = history[(history["dataset"] == DATASET) & (history["method"] == METHOD)]
    curve = ours.groupby("epoch").agg(test_accuracy=("test_accuracy", "mean")).reset_index()
    both = curve.astype({"epoch": int}).merge(paper, on="epoch", suffixes=("_ours", "_paper")).dropna()
    last = curve["test_accuracy"].dropna()
    final = last.iloc[-1] - paper["test_accuracy"].iloc[-1] if len(last) else np.nan
    compared = compare(both["test_accuracy_ours"], both["test_accuracy_paper"])
    return compared | {"final_accuracy_difference": float(final)}


def _claims(figure: str, ours: pd.DataFrame) -> dict[str, float]:
    """The paper's statements on robustness, as numbers: accuracy over that on clean images."""
    if figure == "fig4e":
        curve = ours.dropna()
        return {f"accuracy_over_clean_at_sigma_{sigma}": _at_sigma(curve, sigma) for sigma in (0.3, 1.0)} | {
            "accuracy_at_sigma_1.0": _at_sigma(curve, 1.0, relative=False)
        }
    if figure == "fig4f":
        clean = ours.query("contamination_density == 0")["accuracy"].mean()
        light = ours.query("0 < contamination_density < 0.1 and contamination_intensity == 1")["accuracy"].min()
        return {"least_accuracy_over_clean_below_density_0.1_at_intensity_1": float(light / clean)}
    return {}


def _at_sigma(curve: pd.DataFrame, noise_sigma: float, relative: bool = True) -> float:
    """Interpolate accuracy in log sigma; the least noise of the grid counts as clean."""
    if not len(curve) or not curve["noise_sigma"].min() <= noise_sigma <= curve["noise_sigma"].max():
        return np.nan
    curve = curve.sort_values("noise_sigma")
    value = np.interp(np.log(noise_sigma), np.log(curve["noise_sigma"]), curve["accuracy"])
    return float(value / curve["accuracy"].iloc[0] if relative else value)


def _nearest_levels(levels: pd.Series, allowed: pd.Series) -> NDArray[np.float64]:
    allowed_levels = np.unique(allowed.to_numpy(dtype=float))
    values = levels.to_numpy(dtype=float)
    distance = np.abs(values[:, None] - allowed_levels)
    nearest = allowed_levels[distance.argmin(axis=1)]
    return np.where(distance.min(axis=1) <= 0.01 * np.abs(nearest), nearest, np.nan)


def _spearman(ours: NDArray[np.float64], paper: NDArray[np.float64]) -> float:
    from scipy.stats import spearmanr

    if ours.size < 2 or np.ptp(ours) == 0 or np.ptp(paper) == 0:
        return np.nan
    return float(spearmanr(ours, paper).statistic)
