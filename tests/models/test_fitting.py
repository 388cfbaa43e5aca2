"""A fit succeeds or leaves nothing: what estimators share of parameters, failures and files."""

import json

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from datagen.errors import InputError
from ssrvae import (
    VAE,
    AreaClassifier,
    AugmentedClassifier,
    MomentsClassifier,
    SSVAEClassifier,
    load,
)
from ssrvae.base.errors import DivergenceError
from ssrvae.models.marginal import training as marginal_training
from ssrvae.models.whole_fit import fitted_attributes
from tests.models.quick_estimators import SMALL, TRAINED

WRONG = {
    "epochs": (0, 1.5, True, "2", None),
    "steps": (0, 2.5, "2"),
    "batch_size": (0, -1, 8.0, None),
    "labelled_batch_size": (0, 2.0),
    "labelled_every": (0, 1.5, None),
    "labelled_epochs": (0, 1.0),
    "standalone_steps": (0, "9"),
    "n_style": (0, 2.0),
    "patience": (0, 1.5),
    "kl_ramp_epochs": (-1, 0.5),
    "hidden": ((), (0,), 8, "8", (8.0,)),
    "learning_rate": (0, -1e-3, float("nan"), float("inf"), "1e-3"),
    "gradient_clip": (0, "1"),
    "kl_weight": (0, None),
    "angle_kl_weight": (0, -1),
    "angle_prior_scale": ("1", None, float("nan")),
    "classifier_weight_decay": (-1, None),
    "kl_weight_start": (0, "1"),
    "class_temperature": (0.5, "20"),
    "classification_weight": (-1, None),
    "labelled_weight": (-1,),
    "labelled_turn_deg": (-1,),
    "labelled_shift": (-0.1,),
    "shift_prior_sd": (0, -1),
    "scale_prior_sd": (0,),
    "residual_rate": (-1,),
    "deformation_rate": ("1",),
    "dream_noise_sd": (-1,),
    "weight_decay": (-1,),
    "noise_sd": (-1,),
    "rotation_deg": (-1, 181),
    "shift": (0.5, -0.1),
    "threshold": (1.1, None),
    "unlabelled_weight": (-1,),
    "unlabelled_ratio": (0, 1.5),
    "shear_deg": (90, -1),
    "scale": (0.9, None),
    "cutout": (1.5, -0.1),
    "max_shift": (0.5, "0"),
    "labelled_upright": ("no", 1, None),
    "moments": ("yes", 0),
    "standalone": (None, 1),
    "invariances": ("rotation", ("rotation", "rotation"), ("turning",), None),
    "decoder": ("warpd", 3, None),
    "angle_prior": ("flat", object(), None),
    "network": ("rnn", None),
    "likelihood": ("poisson", None, 1),
    "class_inference": ("em", None),
    "learning_rate_schedule": ("cosine", None),
    "device": ("cud", None),
    "verbose": (-1, "yes"),
    "random_state": (-1, 2**32, 1.5, "0"),
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((12, 16), dtype=np.float32)


@pytest.fixture
def labels():
    return np.tile([0, 1, -1], 4)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(marginal_training, "STEPS_PER_EPOCH", 1)


@pytest.mark.parametrize("name", TRAINED)
def test_every_parameter_has_a_rule_and_every_wrong_value_is_named(name, images, labels):
    parameters = TRAINED[name].get_params().keys() - {"likelihood_pixels", "decoder_precision"}
    assert parameters <= TRAINED[name].rules.keys()
    tried = [(key, value) for key in sorted(parameters & WRONG.keys()) for value in WRONG[key]]
    assert len(tried) > 15
    for key, value in tried:
        with pytest.raises(InputError, match=f"^{key} must be .*, got "):
            clone(TRAINED[name]).set_params(**{key: value}).fit(images, labels)


def test_no_parameter_is_left_untried():
    known = {key for estimator in TRAINED.values() for key in estimator.rules}
    assert known - WRONG.keys() == {"decoder_precision"}


def test_numpy_numbers_are_as_good_as_pythons(images, labels):
    model = SSVAEClassifier(**SMALL | {"epochs": np.int64(1), "hidden": np.array([4])}, labelled_upright=np.bool_(True))
    plain = SSVAEClassifier(**SMALL)
    for one in (model, plain):
        one.set_params(learning_rate=np.float32(0.5).item()).fit(images, labels)
    np.testing.assert_array_equal(model.predict_proba(images), plain.predict_proba(images))


def test_parameters_of_numpy_are_saved(images, labels, tmp_path):
    params = {"epochs": np.int64(1), "hidden": np.array([4]), "learning_rate": np.float32(0.001)}
    model = SSVAEClassifier(**SMALL | params | {"random_state": np.int32(3)}, labelled_upright=np.bool_(True))
    model.fit(images, labels).save(tmp_path / "model.npz")
    read = load(tmp_path / "model.npz")
    assert read.get_params() == model.get_params() | {
        "epochs": 1,
        "hidden": [4],
        "learning_rate": float(np.float32(0.001)),
        "labelled_upright": True,
        "random_state": 3,
        "invariances": list(model.invariances),
    }
    np.testing.assert_array_equal(read.predict_proba(images), model.predict_proba(images))


@pytest.mark.parametrize("name", TRAINED)
def test_all_that_was_fitted_is_read_back(name, images, labels, tmp_path):
    model = clone(TRAINED[name]).fit(images, labels)
    model.save(tmp_path / "model.npz")
    kept, read = fitted_attributes(model), fitted_attributes(load(tmp_path / "model.npz"))
    assert len(kept) > 2
    assert kept.keys() == read.keys()
    for attribute, value in kept.items():
        if isinstance(value, torch.nn.Module):
            states = zip(value.state_dict().items(), read[attribute].state_dict().items(), strict=True)
            assert all(one[0] == other[0] and torch.equal(one[1], other[1]) for one, other in states)
        else:
            np.testing.assert_array_equal(read[attribute], value)


@pytest.mark.parametrize("name", TRAINED)
def test_a_fit_that_fails_leaves_the_estimator_unfitted(name, images, labels):
    model = clone(TRAINED[name]).fit(images, labels)
    before = set(vars(model)) - set(fitted_attributes(model))
    diverging = {"learning_rate": 1e30, "gradient_clip": 1e30, "epochs": 3, "steps": 99}
    model.set_params(**{key: value for key, value in diverging.items() if key in model.get_params()})
    with pytest.raises(DivergenceError):
        model.fit(images, labels)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    assert set(vars(model)) == before


@pytest.mark.parametrize("name", TRAINED)
def test_a_line_an_epoch_is_written_when_asked_for_and_nothing_else(name, images, labels, capsys):
    quiet, told = (clone(TRAINED[name]).set_params(verbose=verbose) for verbose in (0, 1))
    quiet.fit(images, labels)
    assert capsys.readouterr().err == ""
    told.fit(images, labels)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"epoch {record['epoch']}" for record in told.history_]
    assert all(f"loss {record['loss']:.4g}" in line for line, record in zip(lines, told.history_, strict=True))


def test_a_fit_of_wrong_images_leaves_the_estimator_unfitted(images, labels):
    model = clone(TRAINED["ssrvae"]).fit(images, labels)
    with pytest.raises(InputError, match="must lie in"):
        model.fit(images + 2, labels)
    with pytest.raises(NotFittedError):
        model.predict(images)


@pytest.mark.parametrize("name", TRAINED)
def test_a_fit_with_a_wrong_parameter_leaves_the_estimator_unfitted(name, images, labels):
    model = clone(TRAINED[name]).fit(images, labels).set_params(batch_size=0)
    with pytest.raises(InputError, match="batch_size"):
        model.fit(images, labels)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


REFUSED_REFITS = {
    "spoilt images": lambda model, images, labels: model.fit(np.full_like(images, np.nan), labels),
    "no label": lambda model, images, labels: model.fit(images, np.full_like(labels, -1)),
    "too few labels": lambda model, images, labels: model.fit(images, labels[:-1]),
}


@pytest.mark.parametrize("refit", REFUSED_REFITS)
@pytest.mark.parametrize("model", [AreaClassifier(), MomentsClassifier()], ids=["area", "moments"])
def test_a_baseline_whose_refit_is_refused_is_no_longer_fitted(model, refit, images, labels):
    fitted = clone(model).fit(images, labels)
    with pytest.raises(ValueError, match=r"NaN|no label|inconsistent"):
        REFUSED_REFITS[refit](fitted, images, labels)
    assert fitted_attributes(fitted) == {}


def test_a_baseline_with_a_wrong_parameter_is_no_longer_fitted(images, labels):
    model = AreaClassifier().fit(images, labels).set_params(level=2)
    with pytest.raises(InputError, match="level must be"):
        model.fit(images, labels)
    assert fitted_attributes(model) == {}


def test_a_fit_that_is_broken_off_leaves_the_estimator_unfitted(images, labels):
    def stop(*_):
        raise KeyboardInterrupt

    model = clone(TRAINED["ssrvae"])
    with pytest.raises(KeyboardInterrupt):
        model.fit(images, labels, on_epoch=stop)
    assert fitted_attributes(model) == {}


def with_header(path, change):
    """Write a model file again with a header that is changed."""
    with np.load(path) as file:
        parts = {name: file[name] for name in file.files}
    header = change(json.loads(str(parts["header"])))
    np.savez(path, **parts | {"header": np.array(json.dumps(header))})


DAMAGED_HEADERS = {
    "an unknown parameter": lambda header: header | {"params": header["params"] | {"warmth": 1}},
    "a parameter of another type": lambda header: header | {"params": header["params"] | {"hidden": "x"}},
    "parameters in a list": lambda header: header | {"params": [1]},
    "a class that is no class": lambda header: header | {"class": "load"},
    "a class that is no name": lambda header: header | {"class": 3},
    "nothing fitted": lambda header: header | {"fitted": {}},
    "a list": lambda header: [header],
    "a number": lambda header: 3,
}


@pytest.mark.parametrize("damage", DAMAGED_HEADERS)
def test_a_damaged_header_is_refused_in_one_line(damage, images, tmp_path):
    clone(TRAINED["vae"]).fit(images).save(tmp_path / "model.npz")
    with_header(tmp_path / "model.npz", DAMAGED_HEADERS[damage])
    with pytest.raises(InputError, match=r"^.*model\.npz (is no readable model file|holds a ).*$"):
        load(tmp_path / "model.npz")


def test_arrays_without_a_header_are_no_model(tmp_path):
    np.save(tmp_path / "model.npy", np.zeros(3))
    with pytest.raises(InputError, match=r"model\.npy is no readable model file"):
        load(tmp_path / "model.npy")


def test_a_file_of_another_format_is_refused_in_one_line(images, labels, tmp_path):
    clone(TRAINED["vae"]).fit(images).save(tmp_path / "model.npz")
    with_header(tmp_path / "model.npz", lambda header: header | {"format": "ssrvae-estimator-1"})
    with pytest.raises(InputError, match=r"^.*model\.npz: format 'ssrvae-estimator-1', this version reads .*again$"):
        load(tmp_path / "model.npz")


class Mine(VAE):
    """A user's own kind of VAE."""


def test_a_subclass_is_loaded_by_itself_and_by_no_other(images, tmp_path):
    Mine(**SMALL).fit(images).save(tmp_path / "mine.npz")
    assert type(Mine.load(tmp_path / "mine.npz")) is Mine
    for other in (load, AugmentedClassifier.load):
        with pytest.raises(InputError, match=r"holds a Mine, not a \w+; load it by Mine\.load\(path\)$"):
            other(tmp_path / "mine.npz")


def test_moments_that_were_not_fitted_are_asked_for(images, labels):
    model = clone(TRAINED["marginal"]).fit(images, labels).set_params(moments=True)
    with pytest.raises(NotFittedError, match="fit with moments=True"):
        model.predict(images)


def test_a_library_call_leaves_the_allocator_as_it_is(images, labels, monkeypatch):
    import ctypes

    monkeypatch.setattr(ctypes, "CDLL", lambda *_: pytest.fail("the C library was called"))
    for estimator in TRAINED.values():
        fitted = clone(estimator).fit(images, labels)
        fitted.predict(images) if hasattr(fitted, "predict") else fitted.transform(images)


def test_a_level_that_is_no_number_is_named(images, labels):
    with pytest.raises(InputError, match="level must be a number in"):
        AreaClassifier(level="dark").fit(images, labels)
