"""The estimators' contract: scikit-learn's conventions, labels, poses, files and errors."""

import numpy as np
import onnxruntime
import pyro
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.utils.estimator_checks import check_estimator

from datagen.errors import InputError
from ssrvae import VAE, SSVAEClassifier, load
from ssrvae.base.errors import DivergenceError
from tests.models.posed_drawing import assert_a_quarter_turn_turns_the_drawing
from tests.models.scikit_learn_checks import MINUS_ONE_IS_UNLABELLED, TakesAnyRows

QUICK = {"epochs": 2, "hidden": (16, 16), "random_state": 0}
N_IMAGES = 300


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images [n, 64] of zeros, ones and fours; labels of every third image, -1 for the others; all labels."""
    data = load_digits()
    chosen = np.flatnonzero(np.isin(data.target, [0, 1, 4]))[:N_IMAGES]
    truth = data.target[chosen]
    return data.data[chosen] / 16, np.where(np.arange(N_IMAGES) % 3 == 0, truth, -1), truth


@pytest.fixture(scope="module")
def fitted(digits) -> SSVAEClassifier:
    images, labels, _ = digits
    return SSVAEClassifier(invariances=("rotation", "translation", "scale"), **QUICK).fit(images, labels)


def test_upright_digits_are_learnt_from_a_third_of_their_labels(digits):
    images, labels, truth = digits
    model = SSVAEClassifier(invariances=(), epochs=10, batch_size=16, random_state=0).fit(images, labels)
    assert (model.predict(images) == truth).mean() > 0.95
    bounds = [record["bound"] for record in model.history_]
    assert len(bounds) == 10
    assert bounds[-1] > bounds[0]


def test_the_paper_bound_learns_them_too(digits):
    images, labels, truth = digits
    model = SSVAEClassifier(invariances=(), class_inference="elbo", epochs=10, batch_size=16, random_state=0)
    assert (model.fit(images, labels).predict(images) == truth).mean() > 0.9


def test_renaming_classes_in_order_changes_nothing_but_names(digits):
    images, labels, _ = digits
    renamed = np.where(labels == -1, -1, labels + 10)
    plain = SSVAEClassifier(**QUICK).fit(images, labels).predict(images)
    assert (SSVAEClassifier(**QUICK).fit(images, renamed).predict(images) == plain + 10).all()


def test_permuted_labels_give_permuted_classes(digits):
    images, labels, truth = digits
    permutation = {0: 4, 1: 0, 4: 1, -1: -1}
    permuted = np.array([permutation[label] for label in labels])
    settings = {"invariances": (), "epochs": 10, "batch_size": 16, "random_state": 0}
    predicted = SSVAEClassifier(**settings).fit(images, permuted).predict(images)
    assert (predicted == [permutation[label] for label in truth]).mean() > 0.95


def test_with_every_label_given_the_fit_is_supervised(digits):
    images, _, truth = digits
    model = SSVAEClassifier(invariances=(), epochs=10, batch_size=16, random_state=0).fit(images, truth)
    assert (model.predict(images) == truth).mean() > 0.98


def test_the_same_seed_gives_the_same_model_and_watching_changes_nothing(digits, fitted):
    images, labels, _ = digits
    seen = []
    again = clone(fitted)
    again.fit(images, labels, on_epoch=lambda model, epoch: seen.append((epoch, model.predict_proba(images[:1]))))
    assert [epoch for epoch, _ in seen] == [1, 2]
    np.testing.assert_array_equal(again.predict_proba(images), fitted.predict_proba(images))


def test_fitting_leaves_the_global_random_state_and_parameter_store_alone(digits):
    images, labels, _ = digits
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    pyro.get_param_store().clear()
    SSVAEClassifier(**QUICK).fit(images, labels)
    assert torch.rand(1) == expected
    assert len(pyro.get_param_store()) == 0


def test_flat_and_square_images_are_the_same_input(digits, fitted):
    images, _, _ = digits
    np.testing.assert_array_equal(fitted.predict_proba(images.reshape(-1, 8, 8)), fitted.predict_proba(images))


def test_latent_variables_have_their_shapes(digits, fitted):
    images, _, _ = digits
    pose = fitted.pose(images)
    assert fitted.transform(images).shape == (N_IMAGES, 2)
    assert (pose.angle_rad.shape, pose.shift.shape, pose.scale.shape) == ((N_IMAGES,), (N_IMAGES, 2), (N_IMAGES,))
    assert fitted.reconstruct(images).shape == (N_IMAGES, 8, 8)
    drawn, labels = fitted.sample(5)
    assert drawn.shape == (5, 8, 8)
    assert set(labels) <= {0, 1, 4}


def test_a_decoded_pose_turns_the_upright_image(fitted):
    assert_a_quarter_turn_turns_the_drawing(fitted, 4, atol=1e-5)


def test_an_invariance_left_out_stays_upright(digits):
    images, labels, _ = digits
    pose = SSVAEClassifier(**{**QUICK, "invariances": ("translation",)}).fit(images, labels).pose(images)
    assert (pose.angle_rad == 0).all()
    assert (pose.scale == 1).all()
    assert np.abs(pose.shift).max() > 0


@pytest.mark.parametrize("decoder", ["coordinate", "warped", "harmonic"])
@pytest.mark.parametrize("angle_prior", ["normal", "projected_normal"])
@pytest.mark.parametrize("likelihood", ["bernoulli", "normal"])
def test_every_part_fits_with_every_other(digits, decoder, angle_prior, likelihood):
    images, labels, _ = digits
    parts = {"decoder": decoder, "angle_prior": angle_prior, "likelihood": likelihood, "angle_prior_scale": 1.0}
    model = SSVAEClassifier(**{**QUICK, "epochs": 1}, **parts, likelihood_pixels=20).fit(images, labels)
    assert np.isfinite(model.history_[-1]["loss"])


def test_a_share_of_the_pixels_is_that_many(digits):
    images, labels, _ = digits
    counts = (0.25, 16, np.int64(16), 17)
    losses = [SSVAEClassifier(**QUICK, likelihood_pixels=n).fit(images, labels).history_[-1]["loss"] for n in counts]
    assert losses[0] == losses[1] == losses[2] != losses[3]


def test_a_saved_model_gives_the_same_answers(digits, fitted, tmp_path):
    images, _, _ = digits
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(images), fitted.predict_proba(images))
    np.testing.assert_array_equal(loaded.transform(images), fitted.transform(images))
    assert loaded.history_ == fitted.history_
    assert loaded.get_params() == {**fitted.get_params(), "hidden": [16, 16], "invariances": list(fitted.invariances)}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_exported_classifier_gives_the_same_labels(digits, fitted, tmp_path):
    images, _, _ = digits
    fitted.export(tmp_path / "classifier.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "classifier.onnx")
    (probabilities,) = session.run(None, {"images": images.astype(np.float32)})
    np.testing.assert_allclose(probabilities, fitted.predict_proba(images), atol=1e-6)
    assert (fitted.classes_[probabilities.argmax(1)] == fitted.predict(images)).all()


def test_vae_fits_without_labels_and_reads_style_and_pose(digits, tmp_path):
    images, _, _ = digits
    model = VAE(invariances=("rotation",), hidden=(16,), epochs=3, random_state=0).fit(images)
    assert model.transform(images).shape == (N_IMAGES, 2)
    assert model.decode(np.zeros((3, 2))).shape == (3, 8, 8)
    assert model.history_[-1]["bound"] > model.history_[0]["bound"]
    model.save(tmp_path / "vae")
    np.testing.assert_array_equal(VAE.load(tmp_path / "vae").transform(images), model.transform(images))
    with pytest.raises(InputError, match="holds a VAE, not a SSVAEClassifier"):
        SSVAEClassifier.load(tmp_path / "vae")


def test_a_bound_that_no_longer_rises_ends_training_early(digits):
    images, labels, _ = digits
    settings = {"hidden": (16,), "epochs": 200, "learning_rate": 1e-9, "learning_rate_schedule": "constant"}
    model = SSVAEClassifier(**settings, patience=3, random_state=0).fit(images, labels)
    assert 3 < len(model.history_) < 200


def test_a_diverging_training_ends_with_its_reason(digits):
    images, labels, _ = digits
    settings = {"learning_rate": 1e30, "learning_rate_schedule": "constant", "gradient_clip": 1e30}
    with pytest.raises(DivergenceError, match=r"epoch \d+, step \d+: the loss is (nan|-?inf).*learning_rate"):
        SSVAEClassifier(**QUICK, **settings).fit(images, labels)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"decoder": "warpd"}, "decoder must be one of coordinate, harmonic, warped, or a callable .*, got 'warpd'"),
        ({"likelihood": "poisson"}, "likelihood must be one of bernoulli, normal"),
        ({"invariances": ("rotaton",)}, "invariances must be a list of any of rotation, translation, scale"),
        ({"angle_prior": "flat"}, "angle_prior must be one of normal, projected_normal"),
        ({"angle_prior": "normal"}, "angle_prior_scale must be above 0, .* for angle_prior normal, got 0.0"),
        ({"angle_prior_scale": -1.0}, "angle_prior_scale must be at least 0, .* for angle_prior projected_normal"),
        ({"class_inference": "em"}, "class_inference must be one of posterior, elbo"),
        ({"learning_rate_schedule": "cosine"}, "learning_rate_schedule must be one of one_cycle, constant"),
        ({"epochs": 0}, "epochs must be a whole number, at least 1, got 0"),
        ({"class_temperature": 0.5}, "class_temperature must be a number of at least 1, got 0.5"),
        ({"device": "cud"}, "device must be one of auto, cpu, cuda, got 'cud'"),
        ({"likelihood_pixels": 0}, "likelihood_pixels must be .* an integer from 1 to 64, or None, got 0"),
        ({"likelihood_pixels": 65}, "likelihood_pixels must be .* an integer from 1 to 64, or None, got 65"),
        ({"likelihood_pixels": 1.5}, "likelihood_pixels must be a share between 0 and 1, .*, got 1.5"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(digits, params, message):
    images, labels, _ = digits
    with pytest.raises(InputError, match=message):
        SSVAEClassifier(**{**QUICK, **params}).fit(images, labels)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x, y: (x * 2, y), r"must lie in \[0, 1\], got values from 0 to 2"),
        (lambda x, y: (x - 0.5, y), r"must lie in \[0, 1\], got values from -0.5"),
        (lambda x, y: (np.where(x > 0.9, np.nan, x), y), "NaN"),
        (lambda x, y: (x[:, :60], y), "60 pixels, which is no square number"),
        (lambda x, y: (x.reshape(-1, 4, 16), y), "must be square, got 4 x 16"),
        (lambda x, y: (x, np.full_like(y, -1)), "no label: every entry is -1"),
        (lambda x, y: (x, y[:10]), "300 images and 10 labels"),
    ],
)
def test_wrong_images_and_labels_are_refused_before_training(digits, spoil, message):
    images, labels, _ = digits
    with pytest.raises(ValueError, match=message):
        SSVAEClassifier(**QUICK).fit(*spoil(images, labels))


def test_images_of_another_size_than_fitted_are_refused(fitted):
    with pytest.raises(ValueError, match="X has 100 features, but SSVAEClassifier is expecting 64"):
        fitted.predict(np.zeros((2, 10, 10)))


def test_a_class_never_seen_cannot_be_drawn(fitted):
    with pytest.raises(InputError, match="unknown class 7; the fitted classes are 0, 1, 4"):
        fitted.decode(np.zeros((1, 2)), 7)


@pytest.mark.parametrize("damage", [lambda b: b[:100], lambda b: b"no model", lambda b: b[:400] + b"x" * 50 + b[450:]])
def test_a_damaged_model_file_is_named(fitted, tmp_path, damage):
    fitted.save(tmp_path / "model")
    (tmp_path / "model").write_bytes(damage((tmp_path / "model").read_bytes()))
    with pytest.raises(InputError, match="model is no readable model file"):
        load(tmp_path / "model")


class AnyFeatures(TakesAnyRows, SSVAEClassifier):
    pass


def test_scikit_learns_own_checks_pass_but_for_listed_exemptions():
    check_estimator(
        AnyFeatures(invariances=(), **{**QUICK, "epochs": 5}), expected_failed_checks=MINUS_ONE_IS_UNLABELLED
    )
