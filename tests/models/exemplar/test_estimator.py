"""The exemplar classifier: what it learns, what it keeps, and scikit-learn's contract."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

from datagen.affine import warp
from datagen.errors import InputError
from datagen.factors import FACTOR_NAMES
from ssrvae import ExemplarClassifier, load
from ssrvae.models.exemplar.estimator import _balanced
from tests.models.scikit_learn_checks import MINUS_ONE_IS_UNLABELLED, TakesAnyRows

SIDE = 28
CLASSES = (0, 2, 3, 4, 7)
PER_CLASS = 12


def turned(images: np.ndarray, angle_deg: np.ndarray) -> np.ndarray:
    factors = {name: np.full(len(images), float(name == "scale")) for name in FACTOR_NAMES}
    return warp(images, np.arange(len(images)), factors | {"rotation_deg": angle_deg}, SIDE)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Five kinds of digits, twice as large, upright in the middle of black images."""
    images, labels = load_digits(return_X_y=True)
    known = np.isin(labels, CLASSES)
    large = np.kron(images[known].reshape(-1, 8, 8) / 16, np.ones((2, 2)))
    return np.pad(large, [(0, 0), (6, 6), (6, 6)]).astype(np.float32), labels[known]


@pytest.fixture(scope="module")
def labelled(digits) -> tuple[np.ndarray, np.ndarray]:
    images, labels = digits
    rows = np.concatenate([np.flatnonzero(labels == name)[:PER_CLASS] for name in CLASSES])
    return images[rows], labels[rows]


@pytest.fixture(scope="module")
def others(digits) -> tuple[np.ndarray, np.ndarray]:
    """Other digits, at any angle."""
    images, labels = digits
    rows = np.concatenate([np.flatnonzero(labels == name)[PER_CLASS : PER_CLASS + 30] for name in CLASSES])
    return turned(images[rows], np.random.default_rng(0).uniform(-180, 180, len(rows))), labels[rows]


@pytest.fixture(scope="module")
def fitted(labelled) -> ExemplarClassifier:
    return ExemplarClassifier(mirrors=False, networks=0).fit(*labelled)


def test_upright_digits_are_known_at_any_angle(fitted, others):
    images, labels = others
    probability = fitted.predict_proba(images)
    accuracy = balanced_accuracy_score(labels, fitted.most_probable(probability))
    assert accuracy > 0.93
    left_out = balanced_accuracy_score(fitted.labels_, fitted.left_out_.argmax(1))
    assert left_out == pytest.approx(accuracy, abs=0.08)
    assert probability.max(1).mean() == pytest.approx(accuracy, abs=0.1)


def test_labelled_objects_need_not_be_upright(labelled, others):
    angles_deg = np.random.default_rng(1).uniform(-180, 180, len(labelled[0]))
    lying = ExemplarClassifier(mirrors=False, networks=0).fit(turned(labelled[0], angles_deg), labelled[1])
    assert balanced_accuracy_score(others[1], lying.predict(others[0])) > 0.9


def test_the_nearest_labelled_object_of_one_that_was_turned_is_itself(fitted, labelled):
    angles_deg = np.linspace(-170, 170, len(labelled[0]))
    found = fitted.nearest(turned(labelled[0], angles_deg))
    assert (found.exemplar == np.arange(len(labelled[0]))).mean() > 0.95
    error_deg = (np.rad2deg(found.angle_rad) - angles_deg + 180) % 360 - 180
    assert np.median(np.abs(error_deg)) < 6
    assert not found.is_mirrored.any()
    assert found.distance.max() < 0.6


def test_readings_in_one_pass_agree_with_each_alone(fitted, others):
    readings, pose = fitted.readings(others[0]), fitted.pose(others[0])
    np.testing.assert_allclose(readings.probabilities, fitted.predict_proba(others[0]), atol=1e-5)
    np.testing.assert_allclose(readings.familiarity, fitted.score_samples(others[0]), atol=1e-3)
    np.testing.assert_allclose(readings.angle_rad, pose.angle_rad, atol=1e-5)
    assert (readings.stranger == fitted.abstain(others[0])).mean() > 0.99
    nearest = fitted.nearest(others[0])
    same = fitted.labels_[nearest.exemplar] == readings.probabilities.argmax(axis=1)
    assert same.mean() > 0.8
    np.testing.assert_allclose(readings.style[same, 0], nearest.distance[same], rtol=1e-3)
    assert (readings.style[:, 0] >= nearest.distance - 1e-3).all()


def test_a_pose_is_told_from_the_nearest_of_the_class(fitted, labelled):
    upright, moved = fitted.pose(labelled[0]), fitted.pose(np.roll(labelled[0], (-2, 3), axis=(1, 2)))
    np.testing.assert_allclose((moved.shift - upright.shift) * SIDE, np.tile([3, 2], (len(upright.shift), 1)), atol=0.1)
    quarter = fitted.pose(np.rot90(labelled[0], axes=(1, 2)))
    turn_deg = np.rad2deg(quarter.angle_rad - upright.angle_rad) % 360
    assert np.median(turn_deg) == pytest.approx(90, abs=1)


def test_digits_that_nobody_labelled_are_less_familiar(fitted, others):
    images, labels = load_digits(return_X_y=True)
    strange = np.kron(images[labels == 8][:60].reshape(-1, 8, 8) / 16, np.ones((2, 2)))
    scores = fitted.score_samples(np.pad(strange, [(0, 0), (6, 6), (6, 6)]).astype(np.float32))
    known = fitted.score_samples(others[0])
    assert roc_auc_score(np.repeat([1, 0], [len(known), len(scores)]), np.concatenate([known, scores])) > 0.8


def test_what_each_label_is_by_the_others_is_told_of_the_fits_own_labels_alone(fitted, labelled):
    images, labels = labelled
    np.testing.assert_array_equal(fitted.left_out(images, labels).probabilities, fitted.left_out_)
    with pytest.raises(InputError, match="left_out is of the images that were fitted"):
        fitted.left_out(images, labels[::-1])


def test_a_mirrored_object_is_the_same_only_where_mirrors_are(labelled):
    sevens = labelled[1] == 7
    flipped = labelled[0][sevens][:, :, ::-1]
    same, other = (
        ExemplarClassifier(mirrors=mirrors, networks=0).fit(*labelled).nearest(flipped) for mirrors in (True, False)
    )
    assert same.is_mirrored.all()
    assert (same.exemplar == np.flatnonzero(sevens)).all()
    assert (same.distance < other.distance).all()


def test_a_chosen_object_fits_as_the_nearest_does_where_it_is_the_nearest(fitted, others):
    nearest = fitted.nearest(others[0])
    chosen = fitted.fit_to(others[0], nearest.exemplar)
    for one, other in zip(nearest, chosen, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (fitted.fit_to(others[0], np.zeros(len(others[0]), dtype=int)).distance >= nearest.distance).all()


def test_a_medoid_is_the_labelled_object_nearest_to_all_others_of_its_class(fitted, labelled):
    every = np.arange(len(labelled[0]))
    for k, medoid in enumerate(fitted.medoids()):
        own = every[fitted.labels_ == k]
        summed = [np.sqrt(fitted.fit_to(labelled[0][own], np.full(len(own), m)).distance).sum() for m in own]
        assert medoid == own[np.argmin(summed)]


def test_unlabelled_images_change_nothing_without_networks(fitted, labelled, others):
    images = np.concatenate([others[0], labelled[0]])
    labels = np.concatenate([np.full(len(others[0]), -1), labelled[1]])
    model = clone(fitted).fit(images, labels)
    np.testing.assert_allclose(model.predict_proba(others[0]), fitted.predict_proba(others[0]), atol=1e-6)


def test_whether_mirror_images_count_is_learnt_from_the_labels(labelled, digits):
    assert ExemplarClassifier(networks=0).fit(*labelled).mirrors_ is False
    images, labels = digits
    rows = np.concatenate([np.flatnonzero(labels == name)[:PER_CLASS] for name in CLASSES])
    either = np.where(np.arange(len(rows))[:, None, None] % 2, images[rows], images[rows][:, :, ::-1])
    assert ExemplarClassifier(networks=0).fit(either, labels[rows]).mirrors_ is True


QUICK = {"mirrors": False, "networks": 2, "steps": 60, "random_state": 0}


@pytest.fixture(scope="module")
def with_networks(labelled, others) -> ExemplarClassifier:
    images = np.concatenate([labelled[0], others[0][::2]])
    labels = np.concatenate([labelled[1], np.full(len(others[0][::2]), -1)])
    return ExemplarClassifier(**QUICK).fit(images, labels)


def test_networks_join_in_and_are_weighed_by_labels_that_they_have_not_seen(fitted, with_networks, others):
    assert (with_networks.factors_ > 0).all()
    unseen = others[0][1::2], others[1][1::2]
    assert balanced_accuracy_score(unseen[1], with_networks.predict(unseen[0])) > 0.9
    assert balanced_accuracy_score(with_networks.labels_, with_networks.left_out_.argmax(1)) > 0.9
    assert (with_networks.predict_proba(unseen[0]) != fitted.predict_proba(unseen[0])).any()


def test_the_same_seed_gives_the_same_networks(labelled, others):
    one, again = (ExemplarClassifier(**QUICK | {"steps": 10}).fit(*labelled).predict_proba(others[0]) for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_networks_are_saved(with_networks, others, tmp_path):
    with_networks.save(tmp_path / "model.npz")
    stored = load(tmp_path / "model.npz")
    np.testing.assert_allclose(stored.predict_proba(others[0]), with_networks.predict_proba(others[0]), atol=1e-6)


def test_one_label_a_class_is_enough():
    blobs = np.zeros((2, 12, 12), dtype=np.float32)
    blobs[0, 4:8, 1:11] = 1
    blobs[1, 3:9, 3:9] = 1
    model = ExemplarClassifier(**QUICK | {"steps": 10}).fit(blobs, ["bar", "square"])
    assert model.predict(np.rot90(blobs, axes=(1, 2))).tolist() == ["bar", "square"]


def test_a_single_label_is_enough(labelled):
    one = labelled[0][:1], labelled[1][:1]
    assert ExemplarClassifier(**QUICK | {"steps": 10}).fit(*one).predict(one[0]).tolist() == one[1].tolist()


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.9, 0.05, 0.05)])
def test_weights_undo_the_shares_of_classes(shares):
    rng = np.random.default_rng(0)
    place = 1.5 * rng.choice(3, size=20_000, p=shares) + rng.normal(size=20_000)
    density = norm(1.5 * np.arange(3)).pdf(place[:, None])
    weight = _balanced(density / density.sum(1, keepdims=True))
    expected = density.sum(1) / (density @ shares)
    np.testing.assert_allclose(weight, expected / expected.sum(), rtol=0.2)
    certain = np.eye(3)[[0, 0, 0, 2, 2]]
    np.testing.assert_allclose(_balanced(certain), [1 / 6, 1 / 6, 1 / 6, 1 / 4, 1 / 4])


def test_a_saved_model_reads_alike(fitted, others, tmp_path):
    fitted.save(tmp_path / "model.npz")
    stored = load(tmp_path / "model.npz")
    np.testing.assert_array_equal(stored.predict_proba(others[0]), fitted.predict_proba(others[0]))
    np.testing.assert_array_equal(stored.nearest(others[0]).exemplar, fitted.nearest(others[0]).exemplar)


def test_empty_images_are_classified(fitted):
    probability = fitted.predict_proba(np.zeros((2, SIDE, SIDE)))
    np.testing.assert_allclose(probability.sum(1), 1)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"width": 0}, "width must be a number greater than 0, got 0"),
        ({"noise": -1}, "noise must be a number greater than 0, got -1"),
        ({"mirrors": "no"}, "mirrors must be True or False, or 'auto', got 'no'"),
        ({"networks": 0.0}, r"networks must be 0, or a whole number, at least 2, got 0\.0"),
        ({"networks": 1}, "networks must be 0, or a whole number, at least 2, got 1"),
        ({"unlabelled_share": 1}, r"unlabelled_share must be a number in \[0, 1\), got 1"),
    ],
)
def test_bad_parameters_are_named(params, message, labelled):
    with pytest.raises(InputError, match=message):
        ExemplarClassifier(**params).fit(*labelled)


BY_BATCH = dict.fromkeys(
    ("check_methods_sample_order_invariance", "check_methods_subset_invariance"),
    "rounding of 32-bit products depends on the batch, by 1e-5",
)


class AnyFeatures(TakesAnyRows, ExemplarClassifier):
    SMALLEST_SIDE = 4

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # rows that are no images have no shape to tell apart
        return tags


def test_scikit_learns_own_checks_pass_but_for_listed_exemptions():
    check_estimator(AnyFeatures(networks=0), expected_failed_checks=MINUS_ONE_IS_UNLABELLED | BY_BATCH)
