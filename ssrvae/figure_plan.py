"""Which figures a plan can draw: what each needs to have been run, and the files that it is drawn from."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ssrvae.plan import Plan

DATASET = "rotation_60"
"""The data set that the paper's figures 2 to 4 show."""


@dataclass(frozen=True)
class FigureNeeds:
    """What a figure is drawn from, and whether a plan has it."""

    is_planned: Callable[[Plan], bool]
    tables: tuple[str, ...] = ()
    shows_images: bool = False
    snapshots_of: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ("png", "svg", "csv")


def _ran(*methods: str) -> Callable[[Plan], bool]:
    return lambda plan: DATASET in plan.datasets and set(methods) <= set(plan.datasets[DATASET].methods)


def _ran_any(*methods: str) -> Callable[[Plan], bool]:
    return lambda plan: any(_ran(method)(plan) for method in methods)


def _has_grid(name: str, *factors: str) -> Callable[[Plan], bool]:
    """Tell whether a plan has a grid over just these factors that tests the ss-rVAE trained on DATASET."""

    def is_planned(plan: Plan) -> bool:
        grid = plan.grids.get(name)
        if grid is None or grid.dataset != DATASET or "ssrvae" not in grid.methods:
            return False
        return all(set(cell) == set(factors) for cell in grid.cells)

    return is_planned


def _sweeps(key: str) -> Callable[[Plan], bool]:
    """Tell whether data sets of one sweep differ in this key alone, at least two of them."""
    return lambda plan: sum(set(dataset.varied) == {key} for dataset in plan.datasets.values()) >= 2


def _label_sweep(plan: Plan) -> list[str]:
    return [name for name in plan.datasets if re.fullmatch(r"labels_[0-9]+", name)]


def _more_labels(plan: Plan) -> bool:
    return _ran("ssrvae")(plan) and any("ssrvae" in plan.datasets[name].methods for name in _label_sweep(plan))


_VIDEO = ("gif", "csv")

FIGURES: dict[str, FigureNeeds] = {
    "fig2_data": FigureNeeds(_ran(), shows_images=True),
    "fig3a_accuracy": FigureNeeds(_sweeps("unlabelled.rotation_deg"), ("accuracy",)),
    "fig3b_ssvae_traversals": FigureNeeds(_ran("ssvae"), ("accuracy", "confusion"), snapshots_of=("ssvae",)),
    "fig3c_ssrvae_traversals": FigureNeeds(_ran("ssrvae"), ("accuracy", "confusion"), snapshots_of=("ssrvae",)),
    "fig4a_shear_rotation": FigureNeeds(
        _has_grid("shear_rotation", "shear_deg", "rotation_deg"), ("accuracy", "stress")
    ),
    "fig4bc_confusion": FigureNeeds(
        _has_grid("confusion", "shear_deg", "rotation_deg"), ("accuracy", "confusion", "stress")
    ),
    "fig4d_corruptions": FigureNeeds(_ran(), shows_images=True),
    "fig4e_noise": FigureNeeds(_has_grid("noise", "noise_sigma"), ("accuracy", "stress")),
    "fig4f_contamination": FigureNeeds(
        _has_grid("contamination", "contamination_intensity", "contamination_density"), ("accuracy", "stress")
    ),
    "figS2_confusion": FigureNeeds(_ran("ssvae", "ssrvae"), ("accuracy", "confusion")),
    "figS3_baselines": FigureNeeds(_ran_any("decision_tree", "random_forest", "xgboost"), ("accuracy", "confusion")),
    "training": FigureNeeds(_ran("ssrvae"), ("accuracy", "history")),
    "videoS1_ssvae": FigureNeeds(_ran("ssvae"), ("accuracy", "confusion"), snapshots_of=("ssvae",), extensions=_VIDEO),
    "videoS2_ssrvae": FigureNeeds(
        _ran("ssrvae"), ("accuracy", "confusion"), snapshots_of=("ssrvae",), extensions=_VIDEO
    ),
    "videoS3_labels": FigureNeeds(
        _more_labels, ("accuracy", "confusion"), shows_images=True, snapshots_of=("ssrvae",), extensions=_VIDEO
    ),
}


def planned_figures(plan: Plan) -> list[str]:
    """List the figures that a plan's runs and grids can fill, in the order of the paper."""
    return [name for name, needs in FIGURES.items() if needs.is_planned(plan)]


def figure_sources(plan: Plan, name: str) -> dict[str, list[str]]:
    """List what a figure is drawn from: tables, data sets of the first seed and snapshots, under <results>."""
    needs = FIGURES[name]
    datasets = [DATASET, *_label_sweep(plan)] if name == "videoS3_labels" else [DATASET]
    shown = datasets if needs.shows_images else []
    return {
        "tables": [f"<results>/tables/{table}.csv" for table in needs.tables],
        "data": [f"<results>/data/{dataset}/seed{min(plan.seeds)}.npz" for dataset in shown],
        "snapshots": [
            f"<results>/runs/{dataset}/{method}/seed{seed}/snapshots.npz"
            for dataset in datasets
            for method in needs.snapshots_of
            for seed in plan.seeds
        ],
    }
