"""From a configuration to data sets, runs and stress grids."""

from pathlib import Path

import pytest

from datagen.errors import InputError
from ssrvae.study.config import check_config, load_config
from ssrvae.study.plan import Run, StressJob, make_plan
from ssrvae.study.seeds import data_stream, fit_seed

CONFIG = Path(__file__).parents[2] / "config"


def planned(study):
    return make_plan(check_config(study))


def test_without_sweeps_there_is_one_data_set_called_base(study):
    del study["sweeps"], study["stress"]
    plan = planned(study)
    assert list(plan.datasets) == ["base"]
    assert plan.datasets["base"].data == check_config(study)["data"]
    assert plan.runs == (Run("base", "chance", 0), Run("base", "tree", 0))


def test_a_sweep_makes_a_data_set_of_every_value(study):
    plan = planned(study)
    assert list(plan.datasets) == ["rotation_15", "rotation_60"]
    assert [dataset.data["unlabelled"]["rotation_deg"] for dataset in plan.datasets.values()] == [15, 60]
    assert plan.datasets["rotation_15"].varied == {"unlabelled.rotation_deg": 15}


def test_a_sweep_of_two_keys_is_a_product_and_touches_no_other_key(study):
    vary = {"unlabelled.rotation_deg": [15, 60], "labelled.shift": {"linspace": [0, 0.1, 3]}}
    study["sweeps"] = {"rotation": {"vary": vary}}
    del study["stress"]
    plan = planned(study)
    assert list(plan.datasets) == [f"rotation_{angle}_{shift}" for angle in (15, 60) for shift in ("0", "0.05", "0.1")]
    swept = plan.datasets["rotation_60_0.05"].data
    expected = check_config(study)["data"]
    expected["labelled"]["shift"] = 0.05
    assert swept == expected


def test_data_sets_of_their_own_stand_before_those_of_sweeps_and_without_sweeps_the_base_is_not_run(study):
    study["datasets"] = {
        "gold": {
            "data": {"kind": "particles", "source": "nanogold", "labelled": {"per_class": 5}},
            "methods": ["tree"],
        },
        "numbers": {"data": study["data"] | {"kind": "digits"}},
    }
    assert list(planned(study).datasets) == ["gold", "numbers", "rotation_15", "rotation_60"]
    del study["sweeps"], study["stress"], study["data"]
    plan = planned(study)
    assert list(plan.datasets) == ["gold", "numbers"]
    assert plan.runs == (Run("gold", "tree", 0), Run("numbers", "chance", 0), Run("numbers", "tree", 0))
    assert plan.data_recipe("gold")["data"]["source"] == "nanogold"


def test_a_sweep_may_vary_data_sets_of_their_own_each_by_itself(study):
    digits = study["data"] | {"kind": "digits"}
    study["datasets"] = {"numbers": {"data": digits, "methods": ["tree"]}, "few": {"data": digits | {"image_size": 24}}}
    vary = {"labelled.per_class": [1, 3]}
    study["sweeps"] = {"labels": {"datasets": ["few", "numbers"], "vary": vary, "methods": ["chance"]}}
    del study["data"], study["stress"]
    plan = planned(study)
    swept = ["few_labels_1", "few_labels_3", "numbers_labels_1", "numbers_labels_3"]
    assert list(plan.datasets) == ["numbers", "few", *swept]
    assert [plan.datasets[name].swept_from for name in plan.datasets] == ["", "", "few", "few", "numbers", "numbers"]
    own = plan.datasets["few_labels_3"]
    assert own.varied == {"labelled.per_class": 3}
    expected = plan.datasets["few"].data
    assert own.data == expected | {"labelled": expected["labelled"] | {"per_class": 3}}
    assert own.methods == ("chance",)
    study["sweeps"]["labels"]["datasets"] = ["fewer"]
    with pytest.raises(InputError, match=r"sweeps.labels.datasets: unknown name 'fewer'; did you mean few\?"):
        planned(study)


def test_runs_are_data_sets_by_their_methods_by_seeds(study):
    study["seeds"] = [0, 3]
    study["sweeps"]["labels"] = {"vary": {"labelled.per_class": [2]}, "methods": ["tree"]}
    plan = planned(study)
    assert len(plan.runs) == 2 * 2 * 2 + 1 * 1 * 2
    assert {run.method for run in plan.runs if run.dataset == "labels_2"} == {"tree"}
    assert plan.stress_jobs == (StressJob("noise", "tree", 0), StressJob("noise", "tree", 3))


def test_a_grid_of_two_axes_has_a_cell_for_every_pair(study):
    axes = {"shear_deg": {"linspace": [0, 30, 16]}, "rotation_deg": {"linspace": [0, 180, 16]}}
    study["stress"]["noise"]["axes"] = axes
    cells = planned(study).grids["noise"].cells
    assert len(cells) == 256
    assert cells[1] == {"shear_deg": 0, "rotation_deg": 12}
    assert len({tuple(cell.values()) for cell in cells}) == 256


def test_the_papers_study_has_its_data_sets_methods_and_grids():
    plan = make_plan(load_config(CONFIG / "config.yaml"))
    rotations = [4, 15, 30, 45, 60, 75, 90, 120, 150, 180]
    assert {f"rotation_{deg}" for deg in rotations} <= set(plan.datasets)
    names = "chance decision_tree random_forest xgboost label_spreading self_training ssvae ssrvae marginal"
    assert set(plan.config["methods"]) >= set(names.split())
    cells = {name: len(grid.cells) for name, grid in plan.grids.items()}
    assert cells.items() >= {"shear_rotation": 256, "noise": 21, "contamination": 121, "confusion": 2}.items()


def test_the_full_study_is_the_papers_with_five_seeds():
    paper, full = load_config(CONFIG / "config.yaml"), load_config(CONFIG / "full.yaml")
    assert full["seeds"] == [0, 1, 2, 3, 4]
    differ = {"study", "seeds", "results"}
    assert {key: full[key] for key in full if key not in differ} == {
        key: paper[key] for key in paper if key not in differ
    }


def test_a_grid_may_show_a_method_fewer_images(study):
    study["stress"]["noise"] |= {"per_class": 7, "per_class_of": {"tree": 3}}
    plan = planned(study)
    assert plan.stress_recipe("noise", "tree")["per_class"] == 3
    assert plan.stress_recipe("noise", "chance")["per_class"] == 7


BAD_PLANS = {
    "images for a method that a grid does not test": (
        lambda study: study["stress"]["noise"].update(methods=["chance"], per_class_of={"tree": 3}),
        ["stress.noise.per_class_of", "'tree'", "allowed: chance"],
    ),
    "unknown method in a sweep": (
        lambda study: study["sweeps"]["rotation"].update(methods=["treee"]),
        ["sweeps.rotation.methods", "'treee'", "did you mean tree?", "allowed: chance, tree"],
    ),
    "unknown method in a grid": (
        lambda study: study["stress"]["noise"].update(methods=["ssrvae"]),
        ["stress.noise.methods", "'ssrvae'", "allowed: chance, tree"],
    ),
    "grid over a method not fitted there": (
        lambda study: (
            study["sweeps"].update(labels={"vary": {"labelled.per_class": [2]}, "methods": ["chance"]}),
            study["stress"]["noise"].update(dataset="labels_2"),
        ),
        ["stress.noise.methods", "'tree'", "allowed: chance"],
    ),
    "unknown data set": (
        lambda study: study["stress"]["noise"].update(dataset="rotation_61"),
        ["stress.noise.dataset", "'rotation_61'", "did you mean rotation_60?", "rotation_15"],
    ),
    "unknown data key": (
        lambda study: study["sweeps"]["rotation"].update(vary={"unlabelled.rotation": [1]}),
        ["sweeps.rotation.vary", "'unlabelled.rotation'", "did you mean unlabelled.rotation_deg?"],
    ),
    "swept value not allowed": (
        lambda study: study["sweeps"]["rotation"].update(vary={"unlabelled.rotation_deg": [400]}),
        ["sweeps.rotation", "400", "0..180"],
    ),
    "scale upside down": (
        lambda study: study["data"]["labelled"].update(scale=[1.3, 1.0]),
        ["data.labelled.scale", "lo <= hi"],
    ),
    "no such module": (
        lambda study: study["methods"]["tree"].update(estimator="sklearn.trees.DecisionTreeClassifier"),
        ["methods.tree.estimator", "no module 'sklearn.trees'"],
    ),
    "no such class": (
        lambda study: study["methods"]["tree"].update(estimator="sklearn.tree.DecisionTreeClasifier"),
        ["methods.tree.estimator", "did you mean DecisionTreeClassifier?"],
    ),
    "no such class of ours": (
        lambda study: study["methods"]["tree"].update(estimator="ssrvae.SSVAEClasifier"),
        ["methods.tree.estimator", "did you mean SSVAEClassifier?"],
    ),
    "negative noise": (
        lambda study: study["stress"]["noise"].update(axes={"noise_sigma": [-0.1, 1.0]}),
        ["stress.noise", "noise_sigma", "-0.1", "a number, 0 to"],
    ),
    "density above 1": (
        lambda study: study["stress"]["noise"].update(
            axes={"contamination_density": [0, 1.5], "contamination_intensity": [0, 1]}
        ),
        ["stress.noise", "contamination_density", "1.5", "0..1"],
    ),
    "density without intensity": (
        lambda study: study["stress"]["noise"].update(axes={"contamination_density": [0, 0.5]}),
        ["stress.noise", "both contamination_density and contamination_intensity"],
    ),
    "shear too wide": (
        lambda study: study["stress"]["noise"].update(axes={"shear_deg": [0, 90]}),
        ["stress.noise", "shear_deg", "90"],
    ),
    "grid over a file": (
        lambda study: (
            study.update(data={"kind": "file", "path": "mine.npz"}, sweeps={}),
            study["stress"]["noise"].update(dataset="base"),
        ),
        ["stress.noise.dataset", "file", "kind cards"],
    ),
    "bad value in a data set of its own": (
        lambda study: study.update(
            datasets={"own": {"data": study["data"] | {"kind": "digits", "class_names": ["1", "9"]}}}
        ),
        ["datasets.own.data.class_names", "'9'", "0, 1"],
    ),
    "unknown method of a data set of its own": (
        lambda study: study.update(datasets={"own": {"data": study["data"], "methods": ["trees"]}}),
        ["datasets.own.methods", "'trees'", "did you mean tree?"],
    ),
    "two data sets of one name": (
        lambda study: study.update(datasets={"rotation_60": {"data": study["data"]}}),
        ["two data sets", "'rotation_60'"],
    ),
    "sweeps without a base": (
        lambda study: study.update(datasets={"own": {"data": study.pop("data")}}),
        ["sweeps.rotation", "give the base, the key 'data', or 'datasets'"],
    ),
    "key of a file": (
        lambda study: (study.update(data={"kind": "file", "path": "mine.npz"}, stress={}),),
        ["sweeps.rotation.vary", "'unlabelled.rotation_deg'", "allowed: path"],
    ),
}


@pytest.mark.parametrize("name", BAD_PLANS)
def test_what_cannot_be_run_is_named_with_what_is_allowed(study, name):
    spoil, words = BAD_PLANS[name]
    spoil(study)
    with pytest.raises(InputError) as caught:
        planned(study)
    for word in words:
        assert word in str(caught.value)


def test_a_fit_depends_on_its_data_its_method_and_the_root_seed_alone(study):
    before = planned(study).fit_recipe("rotation_60", "tree")
    study["methods"]["forest"] = {"estimator": "sklearn.ensemble.RandomForestClassifier"}
    study["sweeps"]["labels"] = {"vary": {"labelled.per_class": [2]}}
    study["seeds"], study["results"], study["on_error"] = [0, 1], "elsewhere", "raise"
    assert planned(study).fit_recipe("rotation_60", "tree") == before
    study["seed"] = 1
    assert planned(study).fit_recipe("rotation_60", "tree") != before


def test_seeds_of_roles_and_replicates_differ_and_repeat():
    seeds = [fit_seed(root, seed) for root in (0, 1) for seed in (0, 1, 2)]
    assert len(set(seeds)) == 6
    assert seeds[0] == fit_seed(0, 0)
    assert all(0 <= seed < 2**31 for seed in seeds)
    states = {tuple(data_stream(root, seed).generate_state(4)) for root in (0, 1) for seed in (0, 1, 2)}
    assert len(states) == 6


def particles_study(study):
    data = {"kind": "particles", "source": "simulated", "labelled": {"per_class": 5}}
    sweeps = {"source": {"vary": {"source": ["simulated", "nanogold"], "labelled.per_class": [5, 8]}}}
    return study | {"data": data, "sweeps": sweeps, "stress": {}}


def test_data_sets_of_particles_are_swept_and_checked(study):
    plan = planned(particles_study(study))
    assert list(plan.datasets) == ["source_simulated_5", "source_simulated_8", "source_nanogold_5", "source_nanogold_8"]
    bad = particles_study(study)
    bad["data"]["labels"] = "peaks"
    with pytest.raises(InputError, match=r"source.*: data.labels: 'peaks' is not allowed"):
        planned(bad)
