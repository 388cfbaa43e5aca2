"""What cannot be drawn is told in one line, by every estimator that draws."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from datagen.errors import InputError
from ssrvae import VAE, MarginalPoseClassifier, SSVAEClassifier
from ssrvae.models.geometry import PoseEstimate
from ssrvae.models.marginal import training as marginal_training

SMALL = {"hidden": (4,), "epochs": 1, "batch_size": 8, "random_state": 0}
ESTIMATORS = {
    "vae": VAE(**SMALL, invariances=("rotation",)),
    "ssrvae": SSVAEClassifier(**SMALL),
    "marginal": MarginalPoseClassifier(**SMALL, labelled_epochs=1, n_style=2),
}
CLASSIFIERS = ("ssrvae", "marginal")
STYLE = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, -2.0]])
POSE = PoseEstimate(np.array([0.0, 1.0, 2.0]), 0.05 * STYLE, np.ones(3))


@pytest.fixture(scope="module")
def fitted():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marginal_training, "STEPS_PER_EPOCH", 1)
        images = np.random.default_rng(0).random((12, 16), dtype=np.float32)
        labels = np.array(["rod", "disk", "-1"] * 4)
        return {name: clone(model).fit(images, labels) for name, model in ESTIMATORS.items()}


def decode(model, style, pose=None, label="disk"):
    return model.decode(style, pose=pose) if isinstance(model, VAE) else model.decode(style, label, pose)


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ([0, 0], r"^style must be \[n, 2\], got \(2,\)$"),
        ([[0, 0, 0]], r"^style must be \[n, 2\], got \(1, 3\)$"),
        (np.zeros((0, 2)), r"^style must be \[n, 2\], got \(0, 2\)$"),
        (3, r"^style must be \[n, 2\], got \(\)$"),
        (None, "^style must be "),
        ("upright", "^style must be numbers: "),
        ([[0, 0], [0]], "^style must be numbers: "),
        ([[0, np.nan]], "^style must be finite numbers, got nan$"),
    ],
)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_style_that_cannot_be_is_told(fitted, name, style, message):
    with pytest.raises(InputError, match=message):
        decode(fitted[name], style)


@pytest.mark.parametrize(
    ("pose", "message"),
    [
        (0.5, "^pose must be a PoseEstimate of angle_rad, shift, scale, got float$"),
        (POSE[:2], "^pose must be a PoseEstimate of angle_rad, shift, scale, got tuple$"),
        (POSE._replace(angle_rad=np.zeros(2)), r"^pose.angle_rad must be \[3\], got \(2,\)$"),
        (POSE._replace(angle_rad=["left"] * 3), "^pose.angle_rad must be numbers: "),
        (POSE._replace(shift=np.zeros(3)), r"^pose.shift must be \[3, 2\], got \(3,\)$"),
        (POSE._replace(shift=np.full((3, 2), np.inf)), "^pose.shift must be finite numbers, got inf$"),
        (POSE._replace(scale=np.array([1, 0, 1])), "^pose.scale must be above 0, got 0$"),
    ],
)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_pose_that_cannot_be_is_told(fitted, name, pose, message):
    with pytest.raises(InputError, match=message):
        decode(fitted[name], STYLE, pose)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("cube", "^unknown class 'cube'; the fitted classes are disk, rod$"),
        (0, "^unknown class 0; the fitted classes are disk, rod$"),
        (None, "^unknown class None; the fitted classes are disk, rod$"),
        (["disk", 7, "rod"], "^unknown class 7; the fitted classes are disk, rod$"),
        (["disk", "rod"], r"^label must be one class or one for each of 3 images, got shape \(2,\)$"),
        ([["disk"] * 3], r"^label must be one class or one for each of 3 images, got shape \(1, 3\)$"),
    ],
)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_class_that_cannot_be_drawn_is_told(fitted, name, label, message):
    with pytest.raises(InputError, match=message):
        decode(fitted[name], STYLE, label=label)


@pytest.mark.parametrize("n_images", [0, -1, 1.5, "2", None, True])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_number_of_images_that_cannot_be_is_told(fitted, name, n_images):
    with pytest.raises(InputError, match=r"^n_images must be a whole number, at least 1, got "):
        fitted[name].sample(n_images)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_tensors_lists_and_one_pose_for_all_draw_what_arrays_do(fitted, name):
    drawn = decode(fitted[name], STYLE, POSE)
    tensors = PoseEstimate(*(torch.tensor(part, requires_grad=True) for part in POSE))
    np.testing.assert_array_equal(decode(fitted[name], torch.tensor(STYLE, requires_grad=True), tensors), drawn)
    np.testing.assert_array_equal(decode(fitted[name], STYLE.tolist(), [part.tolist() for part in POSE]), drawn)
    one = PoseEstimate(np.array([1.0]), POSE.shift[1:2], np.ones(1))
    np.testing.assert_allclose(decode(fitted[name], STYLE, one)[1], drawn[1], atol=1e-6)


@pytest.mark.parametrize("share", ["1", None, float("nan"), 2])
def test_a_share_that_cannot_be_is_told(fitted, share):
    with pytest.raises(InputError, match=r"^share must be a number in \[0, 1\], got "):
        fitted["marginal"].stranger_limit(share)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_nothing_is_drawn_before_a_fit(name):
    model = clone(ESTIMATORS[name])
    for draw in (model.sample, lambda: decode(model, STYLE)):
        with pytest.raises(NotFittedError):
            draw()
