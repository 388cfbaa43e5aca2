"""Reliability diagrams: how often methods are right on sets of objects, against how sure they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import MethodStyle
from ssrvae.analysis.shown import object_sets
from ssrvae.analysis.summary import methods_by_rank
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still
from ssrvae.figures.drawing.set_panels import (
    DOTTED,
    balanced,
    is_leftmost,
    method_legend,
    new_panels,
    nothing_classified,
    ordered_styles,
    score_tables,
    trouble,
)
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.registry import Figure
from ssrvae.scores.calibration import CALIBRATION_BINS, reliability_bins
from ssrvae.scores.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ssrvae.study.result_files import ResultFiles

N_BEST = 3
"""Methods that are shown."""
FEWEST = 10
"""Images of one draw in a bin whose accuracy is drawn; the table has those of fewer as well."""
_EDGES = np.linspace(0, 1, CALIBRATION_BINS + 1)
_COLUMNS = ["bin_low", "bin_high", "images", "confidence", "accuracy", "low", "high", "draws"]


def draw_reliability(study: StudyResults) -> Still:
    """Draw two panels a data set: accuracy against confidence, and below how many test images each bin holds."""
    datasets = object_sets(study.plan)
    rows = balanced(study, datasets)
    ece = _calibration_errors(study, datasets)
    rows = rows[rows["method"].isin(ece.index.get_level_values("method"))]
    if rows.empty:
        return nothing_classified()
    shown = methods_by_rank(rows)[:N_BEST]
    rows = rows[rows["method"].isin(shown)]
    sets, styles = list(rows["dataset"].unique()), ordered_styles(study, shown)
    data = _bins(study, sets, shown).join(ece, on=["dataset", "method"])
    figure, panels = new_panels([2.6] * len(sets), margin_in=0.8, shares=(3, 1))
    for number, (dataset, (above, below)) in enumerate(zip(sets, panels, strict=True)):
        own = data[data["dataset"] == dataset]
        _draw_bins(above, own, styles)
        _draw_counts(below, own, styles)
        above.set_title(dataset)
        if is_leftmost(number):
            above.set_ylabel("Share classified rightly")
            below.set_ylabel("Images")
    method_legend(figure, styles)
    chosen = f"The {len(shown)} best methods that give probabilities, by their mean rank on these data sets"
    bars = (
        f"Bars: 95 % Wilson intervals over one draw's images of a bin, shown from {FEWEST} on; dotted: as sure as right"
    )
    bins = f"ECE: expected calibration error over {CALIBRATION_BINS} bins, mean of draws; few images make it too high"
    add_note(figure, [chosen, bars, "Below: images of one draw", bins, *trouble(study, rows)])
    return Still(figure, data)


def _calibration_errors(study: StudyResults, datasets: Sequence[str]) -> pd.Series:
    """Return the mean `ece` over finished draws by data set and method, of those that give probabilities."""
    table = study.table("accuracy")
    found = table[table["dataset"].isin(datasets) & (table["metric"] == "ece")]
    return found.groupby(["dataset", "method"])["value"].mean().dropna().rename("ece")


def _bins(study: StudyResults, datasets: Sequence[str], methods: Sequence[str]) -> pd.DataFrame:
    """Return a row a data set, method and bin with images, counts being those of a draw in the mean."""
    rows = [
        {"dataset": dataset, "method": method, **found}
        for dataset in datasets
        for method in methods
        for found in _bins_of(study.predictions(dataset, method))
    ]
    return pd.DataFrame(rows, columns=["dataset", "method", *_COLUMNS])


def _bins_of(draws: Sequence[pd.DataFrame]) -> Iterator[dict[str, float]]:
    found = [_reliability(predictions) for predictions in draws]
    if not found:
        return
    images, hits, confidence = (np.mean(parts, axis=0) for parts in zip(*found, strict=True))
    for k in np.flatnonzero(images):
        n = max(1, round(images[k]))
        interval = wilson_interval(round(hits[k] / images[k] * n), n)
        yield {"bin_low": _EDGES[k], "bin_high": _EDGES[k + 1], "images": images[k], "draws": len(found)} | {
            "confidence": confidence[k] / images[k],
            "accuracy": hits[k] / images[k],
            "low": interval.low,
            "high": interval.high,
        }


def _reliability(predictions: pd.DataFrame) -> tuple[np.ndarray, ...]:
    probability = predictions.filter(regex="^p_")
    names = [str(name).removeprefix("p_") for name in probability]
    return reliability_bins(predictions["true"].astype(str).map(names.index), probability)


def _draw_bins(axes: Axes, bins: pd.DataFrame, styles: dict[str, MethodStyle]) -> None:
    axes.plot([0, 1], [0, 1], **DOTTED)
    for method, style in styles.items():
        own = bins[(bins["method"] == method) & (bins["images"] >= FEWEST)]
        if own.empty:
            continue
        axes.vlines(own["confidence"], own["low"], own["high"], color=style.color, linewidth=1)
        axes.plot(
            own["confidence"], own["accuracy"], color=style.color, marker=style.marker, linestyle=style.line,
            linewidth=0.9, markersize=3.5, label=f"{own['ece'].iloc[0]:.3f}",
        )  # fmt: skip
    axes.set(xlim=(0, 1.03), ylim=(0, 1.03))
    axes.tick_params(labelbottom=False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(title="ECE", loc="upper left", fontsize=6.5, title_fontsize=6.5, borderpad=0, handlelength=1.6)


def _draw_counts(axes: Axes, bins: pd.DataFrame, styles: dict[str, MethodStyle]) -> None:
    for method, style in styles.items():
        own = bins[bins["method"] == method]
        counts = own.set_index("bin_low")["images"].reindex(_EDGES[:-1], fill_value=0)
        axes.stairs(counts, _EDGES, color=style.color, linewidth=1)
    axes.set(xlim=(0, 1.03), xlabel="Confidence")
    axes.locator_params(axis="y", nbins=3)


def _inputs(files: ResultFiles) -> Iterator[Path]:
    yield from score_tables(files)
    plan = files.plan
    for dataset in object_sets(plan):
        yield from map(files.predictions, files.runs(dataset, *plan.datasets[dataset].methods))


FIGURES = (
    Figure(
        name="objects_reliability",
        draw=draw_reliability,
        is_planned=lambda plan: bool(object_sets(plan)),
        inputs=_inputs,
        caption="""
            Reliability (Guo et al. 2017, arXiv:1706.04599) of the three best methods that give probabilities, by their
            mean rank on all data sets of the study: the share of test images that are classified rightly, against the
            probability that the method gives its class, in 15 bins. Bins of at least 10 images of a draw are shown.
            Counts are those of one draw in the mean. Bars: 95 % Wilson intervals over so many images; dotted: as sure
            as right. ECE, the expected calibration error, is the mean of draws; that of few images is too high by
            chance (Kumar, Liang and Ma 2019, arXiv:1909.10155).
            """,
    ),
)
