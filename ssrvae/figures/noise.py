"""Figure 4e: accuracy of the fitted models against Gaussian noise, the paper's curve beside ours."""

from __future__ import annotations

import pandas as pd

from ssrvae.analysis.agreement import (
    DATASET,
    METHOD,
    PANELS,
    compare,
    grid_accuracy,
    grid_panel,
    paper_panel,
    shared_cells,
)
from ssrvae.analysis.method_styles import BLACK, method_label, method_styles
from ssrvae.analysis.summary import interval_note, summarise_accuracy
from ssrvae.figures.accuracy import draw_line
from ssrvae.figures.drawing.annotation import add_note, mean_of_seeds
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import Sources
from ssrvae.figures.drawing.style import AXIS_LABELS

_CLAIMED_SIGMAS = (0.4, 1.0)


def draw_noise(sources: Sources) -> Still:
    """Draw a line a method of the stress grid "noise", and the paper's; the sigmas it names are marked."""
    stress, paper = sources.table("stress"), paper_panel("fig4e", sources.reference)
    ours = _noise_accuracy(stress)
    figure = new_figure(4.6, 3.3)
    axes = figure.add_subplot()
    axes.plot(
        paper["noise_sigma"], paper["accuracy"], color=BLACK, linestyle="--", marker="o",
        markerfacecolor="white", label="paper, Fig. 4e",
    )  # fmt: skip
    for method, style in method_styles(ours["method"]).items():
        draw_line(axes, ours[ours["method"] == method], "noise_sigma", style, f"ours: {style.label}")
    for sigma in _CLAIMED_SIGMAS:
        axes.axvline(sigma, color="0.8", linewidth=0.8, zorder=0)
        axes.annotate(f"σ = {sigma:g}", (sigma, 1.0), (2, 0), textcoords="offset points", fontsize=6.5, va="top")
    axes.set(xscale="log", ylim=(0, 1.02), xlabel=AXIS_LABELS["noise_sigma"], ylabel=AXIS_LABELS["accuracy"])
    axes.legend(loc="lower left")
    add_note(figure, [*_agreement_note(stress, paper), *_run_notes(sources, ours)])
    return Still(figure, _drawn(paper, ours))


def _noise_accuracy(stress: pd.DataFrame) -> pd.DataFrame:
    rows = grid_accuracy(stress, PANELS["fig4e"].grid)
    return summarise_accuracy(rows.assign(noise_sigma=rows.get("noise_sigma")), ["method", "noise_sigma"])


def _agreement_note(stress: pd.DataFrame, paper: pd.DataFrame) -> list[str]:
    both = shared_cells(grid_panel(stress, "fig4e"), paper, ["noise_sigma"], "accuracy")
    if both.empty:
        return ["No noise level in common with the paper"]
    close = compare(both["ours"], both["paper"])
    distance = close["mean_absolute_difference"]
    label = method_label(METHOD)
    return [f"{label} against the paper: Spearman {close['spearman']:.2f}, mean |difference| {distance:.3f}"]


def _run_notes(sources: Sources, ours: pd.DataFrame) -> list[str]:
    n_seeds, missing = int(ours["seeds"].max()) if len(ours) else 0, int(ours["missing"].sum())
    methods = list(method_styles({METHOD, *ours["method"]}))
    trained = (
        f"{', '.join(sources.model_name(DATASET, name) for name in methods)}: trained on clean images of {DATASET}"
    )
    failed = f"{missing} grid points missing" if missing else ""
    troubles = [sources.runs(DATASET, name).trouble() for name in methods]
    return [f"{trained}, {mean_of_seeds(n_seeds)}", interval_note(ours), failed, *troubles]


def _drawn(paper: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([paper.assign(source="paper"), ours.assign(source="ours")], ignore_index=True)
