"""What fitted models read in test images, beside the truth."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from datagen.cards.card_images import cards_spec, generate_cards
from datagen.corruption import add_noise
from datagen.dataset import Dataset, load_dataset, save_dataset
from datagen.errors import InputError
from datagen.npz import read_npz, write_npz
from ssrvae import MarginalPoseClassifier, SSVAEClassifier
from ssrvae.cli import main
from ssrvae.models.geometry import PoseEstimate
from ssrvae.scores.pose_accuracy import angle_errors_by_class, shift_errors
from ssrvae.study.jobs.known_noise import known_noise_posterior
from ssrvae.study.jobs.model_arrays import load_arrays
from ssrvae.study.jobs.pose_readings import NOISE_SD, Readings, most_ambiguous, read_images, write_readings
from ssrvae.study.run_folder import RunFolder

SIZE, PER_CLASS = 20, 10
ESTIMATORS = {
    "marginal": MarginalPoseClassifier(epochs=2, labelled_epochs=2, hidden=(16,), random_state=0),
    "ssrvae": SSVAEClassifier(epochs=1, hidden=(8,), random_state=0),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    shape = {"shear_deg": 10, "scale": [1.0, 1.2]}
    spec = {
        "kind": "cards",
        "image_size": SIZE,
        "labelled": {"per_class": 8, "rotation_deg": 4, **shape},
        "unlabelled": {"per_class": 8, "rotation_deg": 180, "shift": 0.08, **shape},
        "test": {"per_class": PER_CLASS},
    }
    path = tmp_path_factory.mktemp("data") / "seed0.npz"
    save_dataset(generate_cards(cards_spec(spec), 0), path)
    return path


@pytest.fixture(scope="module")
def test_part(data) -> Dataset:
    return load_dataset(data).part("test")


@pytest.fixture(scope="module")
def runs(data, tmp_path_factory) -> dict[str, RunFolder]:
    folders = {}
    for name, estimator in ESTIMATORS.items():
        folders[name] = RunFolder(tmp_path_factory.mktemp(name))
        folders[name].save_model(estimator.fit(*load_dataset(data).training_set()))
        folders[name].write_metrics({"status": "ok", "estimator": f"ssrvae.{type(estimator).__name__}"})
    return folders


@pytest.mark.parametrize("name", ESTIMATORS)
def test_readings_are_what_the_model_reads_and_the_truth(name, runs, data, test_part, tmp_path):
    out = tmp_path / "readings" / "seed0.npz"
    assert main(["readings", str(runs[name].path), "--data", str(data), "--out", str(out)]) == 0
    assert [path.name for path in out.parent.iterdir()] == ["seed0.npz"]
    found, images = load_arrays(out, Readings), test_part.images.reshape(4 * PER_CLASS, -1)
    pose = ESTIMATORS[name].pose(images)
    np.testing.assert_array_equal(found.predicted, ESTIMATORS[name].predict(images))
    np.testing.assert_allclose(found.found_angle_deg, np.rad2deg(pose.angle_rad), rtol=1e-5)
    np.testing.assert_allclose(found.found_shift_px, SIZE * pose.shift, rtol=1e-5)
    np.testing.assert_array_equal(found.style, ESTIMATORS[name].transform(images))
    np.testing.assert_array_equal(found.truth, test_part.truth)
    np.testing.assert_array_equal(found.true_scale, test_part.factors["scale"])
    np.testing.assert_array_equal(found.true_shift_px[:, 1], SIZE * test_part.factors["shift_y"])
    np.testing.assert_array_equal(found.image, test_part.images[found.shown])
    np.testing.assert_allclose(found.reconstruction, ESTIMATORS[name].reconstruct(images[found.shown]), atol=1e-5)
    assert found.class_names.tolist() == list(test_part.class_names)


def test_the_marginal_models_poses_are_near_the_true_ones(runs, test_part):
    found = read_images(ESTIMATORS["marginal"], test_part)
    right = found.predicted == found.truth
    angle, truth = found.found_angle_deg[right], found.truth[right]
    errors = angle_errors_by_class(angle, found.true_angle_deg[right], truth, test_part.class_names)
    assert right.mean() > 0.8
    assert np.median(errors) < 8
    assert np.median(shift_errors(found.found_shift_px[right], found.true_shift_px[right], angle, truth)) < 1


def test_the_first_and_the_most_ambiguous_under_noise_are_shown_with_their_posteriors(runs, test_part):
    model = ESTIMATORS["marginal"]
    found = read_images(model, test_part)
    noisy = add_noise(test_part.images, NOISE_SD, np.random.default_rng(0))
    angles_rad, noisy_posterior = model.pose_posterior(noisy)
    told_noise = known_noise_posterior(model, test_part.images, noisy, NOISE_SD, angles_rad)
    ambiguous = most_ambiguous(test_part.truth, model.predict(noisy), told_noise)
    first = [row for k in range(4) for row in np.flatnonzero(test_part.truth == k)[:4]]
    assert found.shown.tolist() == sorted({*first, *ambiguous})
    np.testing.assert_array_equal(found.angles_rad, angles_rad)
    np.testing.assert_allclose(found.angle_posterior, model.pose_posterior(found.image)[1], atol=1e-5)
    np.testing.assert_array_equal(found.noisy_image, noisy[found.shown])
    np.testing.assert_array_equal(found.noisy_predicted, model.predict(noisy)[found.shown])
    np.testing.assert_array_equal(found.noisy_angle_posterior, noisy_posterior[found.shown])
    np.testing.assert_array_equal(found.known_noise_posterior, told_noise[found.shown])


def test_the_most_ambiguous_are_read_rightly_if_any_is():
    flat, peaked, sharp = [0.5, 0.5], [0.9, 0.1], [1.0, 0.0]
    posterior = np.array([flat, sharp, peaked, peaked, flat])
    truth, predicted = np.array([0, 0, 0, 1, 1]), np.array([1, 0, 0, 0, 0])
    assert most_ambiguous(truth, predicted, posterior).tolist() == [2, 4]


def test_without_posteriors_the_first_four_of_each_class_are_shown(runs, test_part):
    found = read_images(ESTIMATORS["ssrvae"], test_part)
    assert found.shown.tolist() == sorted(row for k in range(4) for row in np.flatnonzero(test_part.truth == k)[:4])
    for posterior in (found.angle_posterior, found.noisy_angle_posterior, found.known_noise_posterior):
        assert posterior.shape == (16, 0)


def test_a_model_that_cannot_reconstruct_is_decoded(test_part):
    class Drawing:
        def predict(self, images):
            return np.full(len(images), 2)

        def transform(self, images):
            return np.ones((len(images), 1))

        def pose(self, images):
            return PoseEstimate(np.zeros(len(images)), np.zeros((len(images), 2)), np.ones(len(images)))

        def decode(self, style, label, pose):
            return style[:, :, None] * label[:, None, None] / 4 * np.ones((1, SIZE, SIZE))

    found = read_images(Drawing(), test_part)
    np.testing.assert_array_equal(found.reconstruction, np.full((16, SIZE, SIZE), 0.5))


def test_the_readings_of_a_failed_run_hold_its_reason_alone(data, tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_metrics({"status": "diverged", "reason": "loss is NaN", "estimator": "absent.Absent"})
    write_readings(run, data, tmp_path / "seed0.npz")
    members = read_npz(tmp_path / "seed0.npz")
    assert {name: str(value) for name, value in members.items()} == {"reason": "diverged, loss is NaN"}
    assert load_arrays(tmp_path / "seed0.npz", Readings) is None


def test_a_model_without_poses_is_named(data, tmp_path):
    run = RunFolder(tmp_path)
    run.save_model(DummyClassifier().fit(np.zeros((2, 4)), [0, 1]))
    run.write_metrics({"status": "ok", "estimator": "sklearn.dummy.DummyClassifier"})
    with pytest.raises(InputError, match=r"model: a DummyClassifier reads no poses"):
        write_readings(run, data, tmp_path / "seed0.npz")


def test_data_without_the_true_poses_are_named(runs, data, tmp_path):
    members = {name: values for name, values in read_npz(data).items() if not name.startswith("factor_")}
    write_npz(members, tmp_path / "mine.npz")
    with pytest.raises(InputError, match=r"mine\.npz: has no factors"):
        write_readings(runs["ssrvae"], tmp_path / "mine.npz", tmp_path / "seed0.npz")


def test_a_file_that_holds_something_else_is_named(data):
    with pytest.raises(InputError, match=r"seed0\.npz: holds no Readings"):
        load_arrays(data, Readings)
