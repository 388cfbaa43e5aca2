"""The augmented baseline: what augmentation adds, and scikit-learn's contract."""

import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from datagen.cards.card_images import generate_images
from datagen.cards.templates import load_templates
from datagen.errors import InputError
from datagen.factors import FactorRanges
from ssrvae import AugmentedClassifier, load
from ssrvae.base.errors import DivergenceError
from ssrvae.models import moved_images
from ssrvae.models.moved_images import Moves, cut_out, moved, noisy, sharpened
from ssrvae.study.jobs.stress import score_cells
from ssrvae.study.run_folder import RunFolder
from tests.models.scikit_learn_checks import MINUS_ONE_IS_UNLABELLED, TakesAnyRows

SIZE = 16
NAMES = ("clubs", "spades", "hearts", "diamonds")
QUICK = {"steps": 60, "batch_size": 32, "random_state": 0}


def suits(per_class: int, rotation_deg: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    templates, rng = load_templates(None, SIZE), np.random.default_rng(seed)
    images, truth, _ = generate_images(templates, FactorRanges(rotation_deg, 5), per_class, SIZE, rng)
    return images, truth


@pytest.fixture(scope="module")
def upright() -> tuple[np.ndarray, np.ndarray]:
    """Twelve upright labelled suits a class."""
    return suits(12, 4, 0)


@pytest.fixture(scope="module")
def turned() -> tuple[np.ndarray, np.ndarray]:
    """Fifty suits a class at any angle."""
    return suits(50, 180, 1)


@pytest.fixture(scope="module")
def fitted(upright) -> AugmentedClassifier:
    return AugmentedClassifier(**QUICK).fit(*upright)


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_turned_suits_are_learnt_from_upright_ones_by_turning_them(upright, turned, network):
    images, truth = turned
    settings = {"network": network, "steps": 200, "batch_size": 32, "learning_rate": 3e-3, "random_state": 0}
    augmented = AugmentedClassifier(**settings).fit(*upright)
    plain = AugmentedClassifier(**settings, rotation_deg=0).fit(*upright)
    accuracy, without = ((model.predict(images) == truth).mean() for model in (augmented, plain))
    assert (plain.predict(upright[0]) == upright[1]).mean() > 0.95
    assert accuracy > 0.9
    assert accuracy > without + 0.2


def test_history_has_one_record_for_fifty_steps(fitted):
    assert [record["epoch"] for record in fitted.history_] == [1, 2]
    assert fitted.history_[1]["loss"] < fitted.history_[0]["loss"]


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_the_same_seed_gives_the_same_predictions(upright, turned, network):
    model = AugmentedClassifier(**QUICK, network=network)
    one, again = (clone(model).fit(*upright).predict_proba(turned[0]) for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_unlabelled_images_change_nothing(upright, turned, fitted):
    images = np.concatenate([turned[0], upright[0]])
    labels = np.concatenate([np.full(len(turned[0]), -1), upright[1]])
    model = clone(fitted).fit(images, labels)
    assert model.classes_.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(model.predict_proba(turned[0]), fitted.predict_proba(turned[0]))


def test_fitting_leaves_the_global_random_state_alone(upright):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    AugmentedClassifier(**QUICK).fit(*upright)
    assert torch.rand(1) == expected


def test_flat_and_square_images_are_the_same_input(turned, fitted):
    flat = turned[0].reshape(len(turned[0]), -1)
    np.testing.assert_array_equal(fitted.predict_proba(flat), fitted.predict_proba(turned[0]))


def test_moved_images_stay_in_reach_of_the_parameters():
    dot = torch.zeros(200, SIZE, SIZE)
    dot[:, 7:9, 7:9] = 1
    shifted = moved(dot.flatten(1), Moves(0, 2 * 0.25, 0)).reshape(-1, SIZE, SIZE)
    centres = (torch.arange(SIZE) - 7.5) / SIZE
    x, y = (shifted.sum(axis) @ centres / 4 for axis in (1, 2))
    assert 0.2 < x.abs().max() < 0.25
    assert 0.2 < y.abs().max() < 0.25
    still = moved(dot.flatten(1), Moves(0, 0, 0))
    torch.testing.assert_close(still, dot.flatten(1))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_moved_image_is_sheared_scaled_turned_and_shifted_as_scipy_does(monkeypatch, sign):
    """Every draw at its bound. Columns of a matrix act on (x right, y down); scipy's pixels are (row, column)."""
    monkeypatch.setattr(moved_images, "_uniform", lambda like: torch.full_like(like, sign))
    image = np.random.default_rng(0).random((SIZE, SIZE)).astype(np.float32)
    moves = Moves(turn_rad=0.6, shift=0.2, noise_sd=0, shear_rad=0.3, log_scale=0.25)
    found = moved(torch.from_numpy(image).reshape(1, -1), moves).reshape(SIZE, SIZE)
    turn, shear = sign * 0.6, np.tan(sign * 0.3)
    y_down_turn = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    forward = np.exp(sign * 0.25) * y_down_turn @ np.linalg.inv([[1, shear], [shear, 1]])
    shift_px = sign * 0.2 * SIZE / 2 * np.array([1, -1])
    backward = np.linalg.inv(forward)[::-1, ::-1]
    middle = np.full(2, (SIZE - 1) / 2)
    expected = affine_transform(
        image, backward, middle - backward @ (middle + shift_px[::-1]), order=1, mode="grid-constant"
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_black_square_of_any_width_up_to_the_largest_is_cut_out_anywhere():
    """Widths are uniform up to half a side: of 400 some pass .45 (all miss it in 1e-18), and none passes .5."""
    torch.manual_seed(0)
    black = cut_out(torch.ones(400, SIZE * SIZE), 0.5).reshape(-1, SIZE, SIZE) == 0
    height, width = black.any(2).sum(1), black.any(1).sum(1)
    assert torch.equal(black.sum((1, 2)), height * width)
    assert width.max() == height.max() == SIZE // 2
    assert black.any(0).all()
    assert (cut_out(torch.ones(3, 16), 0.0) == 1).all()


def test_half_of_the_images_are_noisy_by_every_strength_up_to_the_largest():
    """Of 4,000 images: the share is within 5 standard errors of a half, strengths are uniform (fails in 1e-6)."""
    torch.manual_seed(0)
    sd = noisy(torch.zeros(4000, 400), 0.8).std(1)
    noisy_sd = sd[sd > 0]
    assert len(noisy_sd) == pytest.approx(2000, abs=160)
    assert noisy_sd.max() < 0.8 * 1.2
    assert noisy_sd.mean() == pytest.approx(0.4, abs=0.03)
    assert not noisy(torch.zeros(2, 4), 0.0).any()


def test_sharpening_steepens_edges_and_leaves_even_grey_alone():
    step = torch.tensor([0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0]).repeat(20, 8, 1)
    step[:, :, 2], step[:, :, 4] = 0.2, 0.8
    rise = sharpened(step.flatten(1)).reshape(-1, 8, 8).diff(dim=2)[:, :, 2:4].sum(2)
    assert (rise >= 0.6).all()
    assert rise.max() > 0.7
    grey = torch.full((3, 64), 0.4)
    torch.testing.assert_close(sharpened(grey), grey)


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_a_run_folder_keeps_the_model_for_stress_grids(upright, turned, network, tmp_path):
    model = AugmentedClassifier(**QUICK, network=network).fit(*upright)
    RunFolder(tmp_path).save_model(model)
    stored = RunFolder(tmp_path).load_model("ssrvae.AugmentedClassifier")
    rows, again = (list(score_cells(m, [({}, *turned)], NAMES, confusion=True)) for m in (model, stored))
    assert rows == again
    np.testing.assert_array_equal(stored.predict_proba(turned[0]), model.predict_proba(turned[0]))
    assert load(RunFolder(tmp_path).model).history_ == model.history_


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"network": "cn"}, "network must be one of mlp, cnn, steerable, got 'cn'"),
        ({"rotation_deg": 360}, r"rotation_deg must be a number in \[0, 180\], got 360"),
        ({"shift": 0.5}, r"shift must be a number in \[0, 0.5\), in sides, got 0.5"),
        ({"steps": 0}, "steps must be a whole number, at least 1, or None, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number, at least 1, got 0"),
        ({"learning_rate": -1.0}, "learning_rate must be a number greater than 0, or None, got -1.0"),
        ({"weight_decay": -1.0}, "weight_decay must be a number of at least 0, got -1.0"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(upright, params, message):
    with pytest.raises(InputError, match=message):
        AugmentedClassifier(**{**QUICK, **params}).fit(*upright)


def test_a_diverging_training_ends_with_its_reason(upright):
    with pytest.raises(DivergenceError, match=r"epoch \d+: the loss is (nan|inf); lower learning_rate \(now 1e\+30\)"):
        AugmentedClassifier(**QUICK, learning_rate=1e30).fit(*upright)


class AnyFeatures(TakesAnyRows, AugmentedClassifier):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # sharpening rows that are no images spoils them
        return tags


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_scikit_learns_own_checks_pass_but_for_listed_exemptions(network):
    settings = {**QUICK, "steps": 20, "learning_rate": 1e-2, "rotation_deg": 0, "shift": 0}
    check_estimator(AnyFeatures(network=network, **settings), expected_failed_checks=MINUS_ONE_IS_UNLABELLED)
