"""Which figures a study can draw."""

from pathlib import Path
from typing import Any

import pytest

from ssrvae.figures.registry import figures, find, planned_figures
from ssrvae.study.config import check_config, load_config
from ssrvae.study.plan import Plan, make_plan
from ssrvae.study.result_files import ResultFiles
from ssrvae.study.source_files import source_files

ROOT = Path(__file__).parents[2]


def figures_of(config):
    return [figure.name for figure in planned_figures(make_plan(check_config(config)))]


def inputs_of(name: str, plan: Plan) -> list[str]:
    return [str(path) for path in find(name).inputs(ResultFiles(plan, Path("<results>")))]


def config_named(name):
    return load_config(ROOT / "config" / f"{name}.yaml")


PARTICLES = [name for name in figures() if name.endswith(("_simulated", "_gold")) or name.startswith("objects_")]
OF_SCORES = {"objects_accuracy", "objects_recall", "objects_reliability"}
PAPERS = [name for name in figures() if name.startswith(("fig", "training", "video")) and name not in PARTICLES]


def test_every_module_beside_the_registry_lists_figures_that_it_draws_itself():
    folder = ROOT / "ssrvae" / "figures"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "registry"}
    assert {figure.module for figure in figures().values()} == {f"ssrvae.figures.{name}" for name in modules}


@pytest.mark.parametrize("name", figures())
def test_a_figure_depends_on_its_own_module_and_on_no_other_figures(name):
    own = find(name).module.replace(".", "/") + ".py"
    files = [file for file in source_files(find(name).module) if Path(file).parent == Path("ssrvae/figures")]
    assert files == sorted([own, "ssrvae/figures/registry.py"])


@pytest.mark.parametrize("name", figures())
def test_no_figure_depends_on_a_model_or_on_how_a_plan_is_made(name):
    files = source_files(find(name).module)
    assert not {"ssrvae/models/vae/model.py", "ssrvae/study/plan.py", "ssrvae/study/config.py"} & set(files)


@pytest.mark.parametrize("name", figures())
def test_a_caption_is_a_sentence_or_more(name):
    assert find(name).caption.strip().endswith(".")


@pytest.mark.parametrize("name", ["config", "smoke", "full"])
def test_the_papers_study_and_its_smoke_test_draw_every_figure_of_the_paper(name):
    assert {"fig3a_accuracy", "fig4a_shear_rotation", "videoS3_labels"} <= set(PAPERS)
    assert set(PAPERS) <= set(figures_of(config_named(name)))


@pytest.mark.parametrize("name", ["config", "full"])
def test_the_papers_study_has_the_marginal_pose_model_at_every_rotation_and_in_its_grids(name):
    plan = make_plan(config_named(name))
    rotations = [dataset for key, dataset in plan.datasets.items() if key.startswith("rotation_")]
    assert rotations
    assert all("marginal" in dataset.methods for dataset in rotations)
    assert [grid.name for grid in plan.grids.values() if "marginal" in grid.methods] == [
        "shear_rotation",
        "noise",
        "contamination",
    ]
    own = {"marginal_traversals", "marginal_confusion", "marginal_stress"}
    own |= {"pose_errors", "pose_posteriors", "reconstructions"}
    assert own <= {figure.name for figure in planned_figures(plan)}


@pytest.fixture
def whole() -> dict[str, Any]:
    """The smoke study with all that any figure shows."""
    config = config_named("smoke")
    variants = ("marginal", "marginal_alone", "marginal_flat")
    config["methods"] |= {name: {"estimator": "ssrvae.MarginalPoseClassifier"} for name in variants}
    config["sweeps"]["labels"] = {"vary": {"labelled.per_class": [5, 10]}, "methods": ["ssrvae", *variants]}
    for name in ("shear_rotation", "noise", "contamination"):
        config["stress"][name]["methods"] = ["ssrvae", "random_forest", "marginal"]
    particles = load_config(ROOT / "config" / "particles.yaml")
    own = ["xgboost", "vae", "rvae", "ssrvae", "marginal", "exemplar"]
    config["methods"]["exemplar"] = {"estimator": "ssrvae.ExemplarClassifier"}
    few = {"datasets": ["simulated"], "vary": {"labelled.per_class": [5]}, "methods": ["xgboost"]}
    config["sweeps"]["few"] = few
    config["datasets"] = {
        name: particles["datasets"][name] | {"methods": list(own)} for name in ("simulated", "gold_size_3")
    }
    config["methods"] |= {name: particles["methods"][name] for name in ("vae", "rvae")}
    return config


def test_a_study_with_all_that_figures_show_draws_every_figure(whole):
    assert figures_of(whole) == list(figures())


def test_a_study_without_the_shown_data_set_draws_none(study):
    study["sweeps"]["rotation"]["vary"] = {"unlabelled.rotation_deg": [15]}
    del study["stress"]
    assert figures_of(study) == []


def test_a_study_of_baselines_draws_data_accuracy_and_confusion(study):
    study["methods"]["decision_tree"] = study["methods"].pop("tree")
    del study["stress"]
    assert figures_of(study) == ["fig2_data", "fig3a_accuracy", "fig4d_corruptions", "figS3_baselines"]


def without_method(config, method):
    del config["methods"][method]
    for grid in config["stress"].values():
        grid["methods"] = [name for name in grid["methods"] if name != method]
    config["stress"] = {name: grid for name, grid in config["stress"].items() if grid["methods"]}
    for sweep in config["sweeps"].values():
        sweep["methods"] = [name for name in sweep.get("methods", config["methods"]) if name != method]
    config["sweeps"] = {name: sweep for name, sweep in config["sweeps"].items() if sweep["methods"]}
    for dataset in config["datasets"].values():
        dataset["methods"] = [name for name in dataset["methods"] if name != method]
    return config


MISSING = {
    "no noise grid": (lambda config: config["stress"].pop("noise"), {"fig4e_noise"}),
    "no shear-rotation grid": (lambda config: config["stress"].pop("shear_rotation"), {"fig4a_shear_rotation"}),
    "a grid over other factors": (
        lambda config: config["stress"]["shear_rotation"].update(axes={"shear_deg": [0, 1], "shift": [0, 0.1]}),
        {"fig4a_shear_rotation"},
    ),
    "a grid of another method": (
        lambda config: config["stress"]["noise"].update(methods=["random_forest", "marginal"]),
        {"fig4e_noise"},
    ),
    "a grid of another data set": (
        lambda config: config["stress"]["noise"].update(dataset="rotation_15"),
        {"fig4e_noise"},
    ),
    "no label sweep": (lambda config: config["sweeps"].pop("labels"), {"videoS3_labels", "learning_curve", "ablation"}),
    "one number of labels": (
        lambda config: config["sweeps"]["labels"].update(vary={"labelled.per_class": [5]}),
        {"learning_curve"},
    ),
    "two variants": (lambda config: without_method(config, "marginal_flat"), {"ablation"}),
    "no marginal-pose model": (
        lambda config: without_method(config, "marginal"),
        {"marginal_traversals", "marginal_confusion", "marginal_stress", "ablation"}
        | {"pose_posteriors", "reconstructions"}
        | {"fig6_marginal_simulated", "fig6_marginal_gold"},
    ),
    "no VAE": (
        lambda config: without_method(without_method(config, "vae"), "rvae"),
        {"fig5_simulated", "fig5_gold"},
    ),
    "no real particles": (
        lambda config: config["datasets"].pop("gold_size_3"),
        {"fig5_gold", "fig6_ssrvae_gold", "fig6_marginal_gold", "figS3_gold"},
    ),
    "no particles": (lambda config: (config.pop("datasets"), config["sweeps"].pop("few")), set(PARTICLES)),
    "no set whose labels are swept": (lambda config: config["sweeps"].pop("few"), {"objects_learning_curve"}),
    "no exemplars": (lambda config: without_method(config, "exemplar"), {"objects_class_averages"}),
    "no ss-VAE": (
        lambda config: without_method(config, "ssvae"),
        {"fig3b_ssvae_traversals", "figS2_confusion", "videoS1_ssvae"},
    ),
    "one rotation": (
        lambda config: config["sweeps"]["rotation"].update(vary={"unlabelled.rotation_deg": [60]}),
        {"fig3a_accuracy"},
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_figure_is_not_planned_without_what_it_shows(name, whole):
    spoil, lost = MISSING[name]
    spoil(whole)
    assert set(figures()) - set(figures_of(whole)) == lost


def test_figures_of_images_wait_for_no_table():
    plan = make_plan(config_named("config"))
    assert inputs_of("fig2_data", plan) == ["<results>/data/rotation_60/seed0.npz"]


def test_the_study_of_particles_draws_its_own_figures_and_no_other():
    plan = make_plan(config_named("particles"))
    of_other_studies = {"objects_class_averages", "objects_learning_curve"}
    assert [figure.name for figure in planned_figures(plan)] == [
        name for name in PARTICLES if name not in of_other_studies
    ]
    assert "fig6_marginal_gold" in PARTICLES
    maps = [path for path in inputs_of("fig5_gold", plan) if "latents" in path]
    assert maps == [f"<results>/latents/gold_size_3/{method}/seed0.npz" for method in ("vae", "rvae")]


def test_figures_of_particles_need_their_source_and_methods():
    config = config_named("particles")
    config["datasets"] = {
        "gold_size_3": config["datasets"]["gold_size_3"] | {"methods": ["rvae", "xgboost", "marginal"]}
    }
    drawn = {"fig5_gold", "fig6_marginal_gold", "figS3_gold"} | OF_SCORES
    assert set(figures_of(config)) == drawn


def test_figures_of_poses_read_the_widest_rotation_by_the_methods_that_were_run_there(whole):
    whole["sweeps"]["rotation"]["vary"] = {"unlabelled.rotation_deg": [60, 180]}
    plan = make_plan(check_config(whole))
    readings = [f"<results>/readings/rotation_180/{method}/seed0.npz" for method in ("ssrvae", "marginal")]
    accuracy = "<results>/tables/accuracy.csv"
    assert inputs_of("pose_errors", plan) == [accuracy, *readings]
    assert inputs_of("pose_posteriors", plan) == [accuracy, *readings[1:]]
    assert "<results>/runs/rotation_180/marginal/seed0/snapshots.npz" in inputs_of("marginal_traversals", plan)
    whole["sweeps"]["rotation"]["methods"] = ["ssrvae"]
    for grid in whole["stress"].values():
        grid["methods"] = ["ssrvae"]
    assert inputs_of("pose_errors", make_plan(check_config(whole))) == [accuracy, *readings[:1]]


def test_an_ablation_is_not_shown_for_the_sweep_over_rotation(whole):
    assert "ablation" in figures_of(whole)
    whole["sweeps"]["labels"]["methods"] = ["ssrvae", "marginal"]
    assert "ablation" not in figures_of(whole)
    whole["sweeps"]["few"] = {"vary": {"labelled.per_class": [5], "unlabelled.rotation_deg": [60]}}
    assert "ablation" in figures_of(whole)


def test_the_video_of_labels_reads_every_data_set_that_it_shows():
    inputs = inputs_of("videoS3_labels", make_plan(config_named("config")))
    datasets = {"rotation_60", "labels_10", "labels_50", "labels_500"}
    assert {path for path in inputs if "/data/" in path} == {f"<results>/data/{name}/seed0.npz" for name in datasets}
    snapshots = {path for path in inputs if path.endswith("snapshots.npz")}
    assert snapshots == {f"<results>/runs/{name}/ssrvae/seed0/snapshots.npz" for name in datasets}
