"""Estimators named in YAML."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from datagen.errors import InputError
from ssrvae.study.estimator_paths import build_estimator, check_estimator_paths, check_parameters, named_estimators

ROOT = Path(__file__).parents[2]
FOREST = {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 7}}
SELF_TRAINING = {
    "estimator": "sklearn.semi_supervised.SelfTrainingClassifier",
    "params": {"estimator": FOREST, "max_iter": 2},
}
PIPELINE = {
    "estimator": "sklearn.pipeline.Pipeline",
    "params": {"steps": [["components", {"estimator": "sklearn.decomposition.PCA"}], ["forest", FOREST]]},
}


def test_an_estimator_is_built_with_its_params_and_random_state():
    forest = build_estimator(FOREST, random_state=11)
    assert isinstance(forest, RandomForestClassifier)
    assert (forest.n_estimators, forest.random_state) == (7, 11)


def test_a_random_state_in_the_config_wins():
    stanza = {**FOREST, "params": {"random_state": 5}}
    assert build_estimator(stanza, random_state=11).random_state == 5


def test_an_estimator_inside_params_is_built_and_seeded():
    outer = build_estimator(SELF_TRAINING, random_state=11)
    assert isinstance(outer, SelfTrainingClassifier)
    assert outer.max_iter == 2
    assert isinstance(outer.estimator, RandomForestClassifier)
    assert outer.estimator.random_state == 11


def test_estimators_in_the_steps_of_a_pipeline_are_built():
    pipeline = build_estimator(PIPELINE, random_state=11)
    assert isinstance(pipeline, Pipeline)
    assert [type(step).__name__ for _, step in pipeline.steps] == ["PCA", "RandomForestClassifier"]


def test_xgboost_which_hides_its_parameters_is_seeded():
    stanza = {"estimator": "xgboost.XGBClassifier", "params": {"n_estimators": 3}}
    assert build_estimator(stanza, random_state=11).get_params()["random_state"] == 11


def test_an_unknown_parameter_is_named():
    stanza = {**FOREST, "params": {"n_estimator": 7}}
    with pytest.raises(InputError, match=r"unknown parameter 'n_estimator'; did you mean n_estimators\?"):
        build_estimator(stanza, random_state=0)


def test_modules_of_inner_estimators_are_listed():
    assert [path.rpartition(".")[0] for path in named_estimators(PIPELINE)] == [
        "sklearn.pipeline",
        "sklearn.decomposition",
        "sklearn.ensemble",
    ]


def test_a_wrong_inner_path_is_named_by_its_config_key():
    stanza = {**SELF_TRAINING, "params": {"estimator": {"estimator": "sklearn.ensemble.RandomForest"}}}
    with pytest.raises(InputError, match=r"methods\.st\.params\.estimator\.estimator: .*RandomForest"):
        check_estimator_paths({"st": stanza})


def test_a_module_of_the_users_own_folder_is_found(tmp_path, monkeypatch):
    (tmp_path / "my_methods.py").write_text("class Mine:\n    pass\n")
    monkeypatch.chdir(tmp_path)
    check_estimator_paths({"mine": {"estimator": "my_methods.Mine"}})
    with pytest.raises(InputError, match="no class 'Yours' in my_methods; allowed: Mine"):
        check_estimator_paths({"mine": {"estimator": "my_methods.Yours"}})


def test_checking_a_path_imports_nothing():
    check = (
        "import sys; from ssrvae.study.estimator_paths import check_estimator_paths; "
        "check_estimator_paths({'tree': {'estimator': 'sklearn.tree.DecisionTreeClassifier'}}); "
        "sys.exit('sklearn.tree' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "params", [{"max_dept": 3}, {"n_estimators": {"estimator": "sklearn.svm.SVC", "params": {"d": 1}}}]
)
def test_parameters_are_checked_before_a_run_by_the_key_of_their_method(params):
    with pytest.raises(InputError, match=r"^methods\.forest: .*unknown parameter"):
        check_parameters("forest", {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": params})


@pytest.mark.parametrize(
    "outer", ["{}", '{{"estimator": "sklearn.pipeline.Pipeline", "params": {{"steps": [["last", {}]]}}}}']
)
def test_a_value_that_our_estimators_forbid_is_refused_before_a_run(outer):
    stanza = json.loads(outer.format('{"estimator": "ssrvae.AreaClassifier", "params": {"level": 2}}'))
    with pytest.raises(InputError, match=r"^methods\.area: level must be a number in \[0, 1\), or None, got 2$"):
        check_parameters("area", stanza)


@pytest.mark.parametrize("inner", [{"estimator": 3}, {"estimator": "sklearn.svm.SVC", "params": 3}])
def test_a_mapping_that_is_no_stanza_stays_a_value(inner):
    assert named_estimators({"estimator": "a.B", "params": {"c": inner}}) == ["a.B"]
