"""Which figures a plan can draw: what each needs to have been run, and the files that it is drawn from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ssrvae.figures.shown import MARGINAL, POSE_METHODS, ablated, particle_dataset, shown_dataset
from ssrvae.study.plan import Plan, PlannedGrid

DATASET = "rotation_60"
"""The data set that the paper's figures 2 to 4 show."""


def _paper_dataset(plan: Plan) -> list[str]:
    return [DATASET]


@dataclass(frozen=True)
class FigureNeeds:
    """What a figure is drawn from, and whether a plan has it.

    Images, snapshots, readings and maps of latents are those of the data sets that it `shows`; of methods that were not
    run there, none.
    """

    is_planned: Callable[[Plan], bool]
    tables: tuple[str, ...] = ()
    shows_images: bool = False
    snapshots_of: tuple[str, ...] = ()
    readings_of: tuple[str, ...] = ()
    latents_of: tuple[str, ...] = ()
    shows: Callable[[Plan], list[str]] = _paper_dataset
    extensions: tuple[str, ...] = ("png", "svg", "csv")


def _ran(*methods: str) -> Callable[[Plan], bool]:
    return lambda plan: DATASET in plan.datasets and set(methods) <= set(plan.datasets[DATASET].methods)


def _ran_any(*methods: str) -> Callable[[Plan], bool]:
    return lambda plan: any(_ran(method)(plan) for method in methods)


def _has_grid(name: str, *factors: str) -> Callable[[Plan], bool]:
    """Tell whether a plan has a grid over just these factors that tests the ss-rVAE trained on DATASET."""

    def is_planned(plan: Plan) -> bool:
        grid = plan.grids.get(name)
        return grid is not None and grid.dataset == DATASET and _tests(grid, "ssrvae", factors)

    return is_planned


def _tests(grid: PlannedGrid, method: str, factors: tuple[str, ...]) -> bool:
    return method in grid.methods and all(set(cell) == set(factors) for cell in grid.cells)


def _stresses_marginal(plan: Plan) -> bool:
    return any(name in plan.grids and _tests(plan.grids[name], MARGINAL, own) for name, own in _GRIDS.items())


def _shown_dataset(plan: Plan) -> list[str]:
    return [shown_dataset(plan.datasets)]


def _reads_poses(*methods: str) -> Callable[[Plan], bool]:
    """Tell whether one of these methods is run on the data set that figures of poses show."""

    def is_planned(plan: Plan) -> bool:
        dataset = plan.datasets.get(shown_dataset(plan.datasets))
        return dataset is not None and not set(methods).isdisjoint(dataset.methods)

    return is_planned


def _sweeps(key: str) -> Callable[[Plan], bool]:
    """Tell whether data sets of one sweep differ in this key alone, at least two of them."""
    return lambda plan: sum(set(dataset.varied) == {key} for dataset in plan.datasets.values()) >= 2


def _label_sweep(plan: Plan) -> list[str]:
    return [name for name in plan.datasets if re.fullmatch(r"labels_[0-9]+", name)]


def _more_labels(plan: Plan) -> bool:
    return _ran("ssrvae")(plan) and any("ssrvae" in plan.datasets[name].methods for name in _label_sweep(plan))


def _with_label_sweep(plan: Plan) -> list[str]:
    return [DATASET, *_label_sweep(plan)]


def _has_learning_curve(plan: Plan) -> bool:
    return len(_label_sweep(plan)) >= 2


def _has_ablation(plan: Plan) -> bool:
    return any(ablated(name, dataset.methods) for name, dataset in plan.datasets.items())


def _of_particles(source: str, *methods: str) -> Callable[[Plan], bool]:
    """Tell whether any of these methods is run on the particles that figures show of a source."""

    def is_planned(plan: Plan) -> bool:
        dataset = particle_dataset(plan.of_kind("particles"), source)
        return bool(dataset) and not set(methods).isdisjoint(plan.datasets[dataset].methods)

    return is_planned


def _has_particles(plan: Plan) -> bool:
    return bool(plan.of_kind("particles"))


def _latents(source: str, *methods: str) -> FigureNeeds:
    """Give the needs of a figure of maps of latents, confusions beside them, of particles from a source."""
    return FigureNeeds(
        _of_particles(source, *methods),
        ("accuracy", "confusion"),
        latents_of=methods,
        shows=lambda plan: [particle_dataset(plan.of_kind("particles"), source)],
    )


_TREES = ("decision_tree", "random_forest", "xgboost")
_GRIDS = {
    "shear_rotation": ("shear_deg", "rotation_deg"),
    "noise": ("noise_sigma",),
    "contamination": ("contamination_intensity", "contamination_density"),
}
_VIDEO = ("gif", "csv")

FIGURES: dict[str, FigureNeeds] = {
    "fig2_data": FigureNeeds(_ran(), shows_images=True),
    "fig3a_accuracy": FigureNeeds(_sweeps("unlabelled.rotation_deg"), ("accuracy",)),
    "fig3b_ssvae_traversals": FigureNeeds(_ran("ssvae"), ("accuracy", "confusion"), snapshots_of=("ssvae",)),
    "fig3c_ssrvae_traversals": FigureNeeds(_ran("ssrvae"), ("accuracy", "confusion"), snapshots_of=("ssrvae",)),
    "fig4a_shear_rotation": FigureNeeds(_has_grid("shear_rotation", *_GRIDS["shear_rotation"]), ("accuracy", "stress")),
    "fig4bc_confusion": FigureNeeds(
        _has_grid("confusion", "shear_deg", "rotation_deg"), ("accuracy", "confusion", "stress")
    ),
    "fig4d_corruptions": FigureNeeds(_ran(), shows_images=True),
    "fig4e_noise": FigureNeeds(_has_grid("noise", *_GRIDS["noise"]), ("accuracy", "stress")),
    "fig4f_contamination": FigureNeeds(_has_grid("contamination", *_GRIDS["contamination"]), ("accuracy", "stress")),
    "figS2_confusion": FigureNeeds(_ran("ssvae", "ssrvae"), ("accuracy", "confusion")),
    "figS3_baselines": FigureNeeds(_ran_any(*_TREES), ("accuracy", "confusion")),
    "training": FigureNeeds(_ran("ssrvae"), ("accuracy", "history")),
    "videoS1_ssvae": FigureNeeds(_ran("ssvae"), ("accuracy", "confusion"), snapshots_of=("ssvae",), extensions=_VIDEO),
    "videoS2_ssrvae": FigureNeeds(
        _ran("ssrvae"), ("accuracy", "confusion"), snapshots_of=("ssrvae",), extensions=_VIDEO
    ),
    "videoS3_labels": FigureNeeds(
        _more_labels,
        ("accuracy", "confusion"),
        shows_images=True,
        snapshots_of=("ssrvae",),
        shows=_with_label_sweep,
        extensions=_VIDEO,
    ),
    "marginal_traversals": FigureNeeds(
        _reads_poses(MARGINAL), ("accuracy", "confusion"), snapshots_of=(MARGINAL,), shows=_shown_dataset
    ),
    "marginal_confusion": FigureNeeds(_reads_poses(MARGINAL), ("accuracy", "confusion"), shows=_shown_dataset),
    "marginal_stress": FigureNeeds(_stresses_marginal, ("stress",)),
    "learning_curve": FigureNeeds(_has_learning_curve, ("accuracy",)),
    "pose_errors": FigureNeeds(
        _reads_poses(*POSE_METHODS), ("accuracy",), readings_of=POSE_METHODS, shows=_shown_dataset
    ),
    "pose_posteriors": FigureNeeds(
        _reads_poses(MARGINAL), ("accuracy",), readings_of=(MARGINAL,), shows=_shown_dataset
    ),
    "reconstructions": FigureNeeds(
        _reads_poses(MARGINAL), ("accuracy",), readings_of=POSE_METHODS, shows=_shown_dataset
    ),
    "ablation": FigureNeeds(_has_ablation, ("accuracy",)),
    "fig5_simulated": _latents("simulated", "vae", "rvae"),
    "fig5_gold": _latents("gold", "vae", "rvae"),
    "fig6_ssrvae_simulated": _latents("simulated", "ssrvae"),
    "fig6_ssrvae_gold": _latents("gold", "ssrvae"),
    "fig6_marginal_simulated": _latents("simulated", MARGINAL),
    "fig6_marginal_gold": _latents("gold", MARGINAL),
    "figS3_simulated": FigureNeeds(_of_particles("simulated", *_TREES), ("accuracy", "confusion")),
    "figS3_gold": FigureNeeds(_of_particles("gold", *_TREES), ("accuracy", "confusion")),
    "particles_accuracy": FigureNeeds(_has_particles, ("accuracy", "confusion", "particles")),
    "particles_recall": FigureNeeds(_has_particles, ("accuracy", "particles")),
}


def planned_figures(plan: Plan) -> list[str]:
    """List the figures that a plan's runs and grids can fill, in the order of the paper."""
    return [name for name, needs in FIGURES.items() if needs.is_planned(plan)]


def figure_sources(plan: Plan, name: str) -> dict[str, list[str]]:
    """List what a figure is drawn from, under <results>: tables, data sets, snapshots, readings and maps of latents.

    Data sets and maps are those of the first seed.
    """
    needs = FIGURES[name]
    datasets = needs.shows(plan)
    shown = datasets if needs.shows_images else []
    return {
        "tables": [f"<results>/tables/{table}.csv" for table in needs.tables],
        "data": [f"<results>/data/{dataset}/seed{min(plan.seeds)}.npz" for dataset in shown],
        "snapshots": [f"<results>/runs/{run}/snapshots.npz" for run in _runs(plan, datasets, needs.snapshots_of)],
        "readings": [f"<results>/readings/{run}.npz" for run in _runs(plan, datasets, needs.readings_of)],
        "latents": [f"<results>/latents/{run}.npz" for run in _runs(plan, datasets, needs.latents_of, min(plan.seeds))],
    }


def _runs(plan: Plan, datasets: list[str], methods: tuple[str, ...], *seeds: int) -> Iterator[str]:
    for dataset in datasets:
        for method in methods:
            if method in plan.datasets[dataset].methods:
                yield from (f"{dataset}/{method}/seed{seed}" for seed in seeds or plan.seeds)
