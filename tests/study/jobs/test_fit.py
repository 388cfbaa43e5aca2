"""One fit and its folder: scores, failures, seeds."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from datagen.errors import InputError
from ssrvae.base.errors import DivergenceError
from ssrvae.study.jobs.data import make_dataset
from ssrvae.study.jobs.fit import predict, run
from ssrvae.study.run_folder import RunFolder
from ssrvae.study.seeds import fit_seed

FILES = {"metrics.json", "predictions.parquet", "history.csv", "snapshots.npz", "model"}


class FailingClassifier(ClassifierMixin, BaseEstimator):
    """Fails as its parameter says."""

    def __init__(self, how="error"):
        self.how = how

    def fit(self, images, labels):
        if self.how == "diverge":
            raise DivergenceError("loss is NaN at epoch 3")
        if self.how == "bad input":
            raise InputError("decoder must be one of a, b")
        if self.how == "nan":
            self.classes_ = np.unique(labels[labels >= 0])
            return self
        raise MemoryError("no\nroom")

    def predict(self, images):
        return np.zeros(len(images), dtype=int)

    def predict_proba(self, images):
        return np.full((len(images), len(self.classes_)), np.nan)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "seed0.npz"
    stanza = {
        "kind": "cards",
        "image_size": 16,
        "labelled": {"per_class": 10, "rotation_deg": 4},
        "unlabelled": {"per_class": 6, "rotation_deg": 30},
        "test": {"per_class": 5},
    }
    recipe = {"root_seed": 0, "data": stanza}
    from datagen.dataset import save_dataset

    save_dataset(make_dataset(recipe, 0), path)
    return path, recipe


def fit(data, out, method, on_error="record", seed=0, name="tree"):
    path, recipe = data
    identity = {"dataset": "base", "method": name, "seed": seed}
    run(path, out, identity, recipe | {"method": method}, on_error)
    return RunFolder(out)


TREE = {"estimator": "sklearn.tree.DecisionTreeClassifier", "params": {}, "use": "labelled"}


def failing(how):
    return {"estimator": f"{__name__}.FailingClassifier", "params": {"how": how}, "use": "all"}


def test_a_run_has_its_five_files_and_nothing_else(data, tmp_path):
    folder = fit(data, tmp_path / "run", TREE)
    assert {file.name for file in folder.path.iterdir()} == FILES


def test_scores_are_those_of_the_same_estimator_fitted_by_hand(data, tmp_path):
    folder = fit(data, tmp_path / "run", TREE)
    dataset = make_dataset(data[1], 0)
    labelled = dataset.part("labelled")
    images, truth = dataset.test_set()
    tree = DecisionTreeClassifier(random_state=fit_seed(0, 0)).fit(labelled.images.reshape(40, -1), labelled.labels)
    expected = tree.predict(images)
    metrics, table = folder.read_metrics(), pd.read_parquet(folder.predictions)
    assert metrics["accuracy"] == np.mean(expected == truth)
    assert metrics["recall_hearts"] == np.mean(expected[truth == 2] == 2)
    assert table["predicted"].tolist() == [dataset.class_names[i] for i in expected]
    assert table["true"].tolist() == [dataset.class_names[i] for i in truth]
    np.testing.assert_allclose(table.filter(like="p_").to_numpy(), tree.predict_proba(images), atol=1e-6)
    assert (metrics["status"], metrics["n"]) == ("ok", 20)


def test_a_run_says_where_it_comes_from(data, tmp_path):
    metrics = fit(data, tmp_path / "run", TREE).read_metrics()
    assert metrics["data"]["unlabelled"]["rotation_deg"] == 30
    assert metrics["estimator"] == TREE["estimator"]
    assert len(metrics["config_hash"]) == 12
    assert {"python", "numpy", "torch"} <= set(metrics["versions"])
    assert metrics["peak_mb"] > 10
    assert metrics["job_seconds"] > metrics["seconds"] >= 0


def test_the_saved_model_predicts_as_the_run_did(data, tmp_path):
    folder = fit(data, tmp_path / "run", TREE)
    dataset = make_dataset(data[1], 0)
    loaded = folder.load_model(TREE["estimator"])
    names = [dataset.class_names[i] for i in loaded.predict(dataset.test_set()[0])]
    assert names == pd.read_parquet(folder.predictions)["predicted"].tolist()


def test_the_same_run_twice_gives_the_same_predictions_and_another_seed_other_ones(data, tmp_path):
    forest = {"estimator": "sklearn.ensemble.RandomForestClassifier", "params": {"n_estimators": 3}, "use": "labelled"}
    first, again = (fit(data, tmp_path / name, forest).predictions.read_bytes() for name in ("a", "b"))
    other = fit(data, tmp_path / "c", forest, seed=1).predictions.read_bytes()
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("how", "status", "reason"),
    [
        ("error", "error", "MemoryError: no room"),
        ("diverge", "diverged", "DivergenceError: loss is NaN at epoch 3"),
        ("nan", "diverged", "DivergenceError: the predicted probabilities of every image are not finite numbers"),
    ],
)
def test_a_fit_that_fails_is_recorded_with_its_reason(data, tmp_path, how, status, reason):
    folder = fit(data, tmp_path / "run", failing(how))
    metrics = folder.read_metrics()
    assert (metrics["status"], metrics["reason"]) == (status, reason)
    assert metrics["accuracy"] is None
    assert metrics["recall_clubs"] is None
    assert {file.name for file in folder.path.iterdir()} == FILES
    assert folder.model.stat().st_size == 0
    assert len(pd.read_parquet(folder.predictions)) == 0


def test_a_fit_that_fails_stops_the_study_if_asked_to(data, tmp_path):
    with pytest.raises(MemoryError):
        fit(data, tmp_path / "run", failing("error"), on_error="raise")
    assert not (tmp_path / "run").exists()


def test_a_method_that_takes_unlabelled_for_a_class_is_told_what_to_do(data, tmp_path):
    with pytest.raises(InputError, match=r"DecisionTreeClassifier took -1.*use: labelled"):
        fit(data, tmp_path / "run", TREE | {"use": "all"})


def test_bad_input_is_never_a_row(data, tmp_path):
    with pytest.raises(InputError, match="decoder must be one of"):
        fit(data, tmp_path / "run", failing("bad input"))
    with pytest.raises(InputError, match="unknown parameter 'depth'"):
        fit(data, tmp_path / "run", TREE | {"params": {"depth": 3}})


def test_images_that_no_label_reaches_get_equal_probabilities():
    class Spreading:
        classes_ = np.array([0, 2])

        def predict(self, images):
            return np.array([2, 0])

        def predict_proba(self, images):
            return np.array([[0.1, 0.9], [np.nan, np.nan]])

    found = predict(Spreading(), np.zeros((2, 4)), n_classes=3)
    np.testing.assert_array_equal(found.probability, [[0.1, 0, 0.9], [0.5, 0, 0.5]])
    assert found.predicted.tolist() == [2, 0]


def test_the_classes_are_those_that_the_method_predicts_not_its_most_probable_ones(data, tmp_path):
    chance = {"estimator": "sklearn.dummy.DummyClassifier", "params": {"strategy": "uniform"}, "use": "labelled"}
    table = pd.read_parquet(fit(data, tmp_path / "run", chance).predictions)
    assert table["predicted"].nunique() == 4
    np.testing.assert_array_equal(table.filter(like="p_"), 0.25)


def test_a_method_without_probabilities_is_scored_by_its_classes(data, tmp_path):
    ridge = {"estimator": "sklearn.linear_model.RidgeClassifier", "params": {}, "use": "labelled"}
    folder = fit(data, tmp_path / "run", ridge)
    metrics = folder.read_metrics()
    assert metrics["accuracy"] > 0.3
    assert metrics["log_loss"] is None
    assert pd.read_parquet(folder.predictions).columns.tolist() == ["index", "true", "predicted"]


def test_the_unlabelled_images_true_classes_reach_no_fit(data, tmp_path, monkeypatch):
    seen = {}

    def spy(self, images, labels):
        seen["labels"] = labels
        raise RuntimeError("seen")

    monkeypatch.setattr(FailingClassifier, "fit", spy)
    fit(data, tmp_path / "run", failing("error"))
    labels = seen["labels"]
    assert (len(labels), (labels == -1).sum()) == (40 + 24, 24)


def test_a_vae_leaves_its_history_and_snapshots(data, tmp_path):
    params = {"invariances": [], "hidden": [8], "epochs": 2}
    method = {"estimator": "ssrvae.SSVAEClassifier", "params": params, "use": "all"}
    folder = fit(data, tmp_path / "run", method)
    history = pd.read_csv(folder.history)
    assert history["epoch"].tolist() == [1, 2]
    assert history["test_accuracy"].between(0, 1).all()
    assert history["test_accuracy"].iloc[-1] == pytest.approx(folder.read_metrics()["accuracy"])
    with np.load(folder.snapshots) as shots:
        assert shots["traversal"].shape == (2, 4, 2, 7, 16, 16)
    assert folder.load_model("ssrvae.SSVAEClassifier").classes_.tolist() == [0, 1, 2, 3]


def test_a_vae_without_labels_is_scored_by_what_it_draws_and_watched_by_nobody(data, tmp_path):
    method = {"estimator": "ssrvae.VAE", "params": {"hidden": [8], "epochs": 2}, "use": "all"}
    folder = fit(data, tmp_path / "run", method)
    metrics, model = folder.read_metrics(), folder.load_model("ssrvae.VAE")
    images, _ = make_dataset(data[1], 0).test_set()
    drawn = model.reconstruct(images).reshape(images.shape)
    assert metrics["reconstruction_mse"] == pytest.approx(np.mean((images - drawn) ** 2))
    assert "accuracy" not in metrics
    assert len(pd.read_parquet(folder.predictions)) == 0
    assert pd.read_csv(folder.history)["epoch"].tolist() == [1, 2]
    assert {file.name for file in folder.path.iterdir()} == FILES


def test_a_failed_method_that_does_not_classify_has_no_accuracy(data, tmp_path, monkeypatch):
    def fail(*arguments, **named):
        raise DivergenceError("loss is NaN")

    monkeypatch.setattr("ssrvae.study.jobs.fit.fit_estimator", fail)
    metrics = fit(data, tmp_path / "run", {"estimator": "ssrvae.VAE", "params": {}, "use": "all"}).read_metrics()
    assert metrics["status"] == "diverged"
    assert metrics["reconstruction_mse"] is None
    assert "accuracy" not in metrics


def test_a_vae_watched_at_its_last_epoch_alone_is_the_same(data, tmp_path):
    method = {"estimator": "ssrvae.SSVAEClassifier", "params": {"invariances": [], "hidden": [8], "epochs": 2}}
    every, last = (fit(data, tmp_path / w, {**method, "watch": w}) for w in ("every_epoch", "last_epoch"))
    assert pd.read_csv(last.history)["test_accuracy"].isna().tolist() == [True, False]
    assert last.read_metrics()["accuracy"] == every.read_metrics()["accuracy"]
    with np.load(last.snapshots) as shots, np.load(every.snapshots) as all_shots:
        assert shots["epoch"].tolist() == [2]
        np.testing.assert_array_equal(shots["traversal"][0], all_shots["traversal"][1])


def test_a_damaged_run_is_named(tmp_path):
    folder = RunFolder(tmp_path)
    with pytest.raises(InputError, match=r"metrics\.json"):
        folder.read_metrics()
    folder.metrics.write_text('{"status": ')
    with pytest.raises(InputError, match=r"metrics\.json"):
        folder.read_metrics()
    folder.model.write_bytes(b"nonsense")
    with pytest.raises(InputError, match="model"):
        folder.load_model(TREE["estimator"])


def test_numbers_that_are_none_are_null_in_json(tmp_path):
    RunFolder(tmp_path).write_metrics({"accuracy": float("nan"), "versions": {"a": float("nan")}})
    assert json.loads((tmp_path / "metrics.json").read_text()) == {"accuracy": None, "versions": {"a": None}}
