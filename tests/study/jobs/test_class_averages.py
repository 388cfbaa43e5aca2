"""Class averages: of which images, turned how, by a model of exemplars fitted to a few arrows."""

import numpy as np
import pytest
from scipy.ndimage import rotate

from datagen.dataset import Dataset, save_dataset
from datagen.errors import InputError
from ssrvae import ExemplarClassifier
from ssrvae.study.jobs.class_averages import ClassAverages, average_classes, write_class_averages
from ssrvae.study.jobs.model_arrays import load_arrays
from ssrvae.study.run_folder import RunFolder

SIDE, N_TEST = 24, 24


def shapes() -> np.ndarray:
    """A hook, which no turn nor mirror leaves as it is, and a bar: [2, side, side]."""
    found = np.zeros((2, SIDE, SIDE))
    found[0, 5:19, 10:13] = 1
    found[0, 5:8, 10:18] = 1
    found[1, 3:21, 10:14] = 1
    return found


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """One upright shape a class, and others that are turned, every second of them mirrored."""
    rng = np.random.default_rng(0)
    truth = np.concatenate([[0, 1], np.arange(N_TEST) % 2])
    turns_deg = np.concatenate([[0, 0], rng.uniform(-180, 180, N_TEST)])
    flipped = [shape[:, ::-1] if i % 4 > 1 else shape for i, shape in enumerate(shapes()[truth])]
    images = np.stack([rotate(*each, reshape=False, order=1) for each in zip(flipped, turns_deg, strict=True)])
    split = np.array(["labelled"] * 2 + ["test"] * N_TEST)
    labels = np.where(split == "labelled", truth, -1)
    return Dataset(images.astype(np.float32), labels, truth, split, {}, ("hook", "bar"), {})


@pytest.fixture(scope="module")
def model(dataset) -> ExemplarClassifier:
    labelled = dataset.part("labelled")
    return ExemplarClassifier(networks=0).fit(labelled.images, labelled.labels)


def test_turned_objects_are_as_their_class_and_as_they_lie_they_are_rings(model, dataset):
    found = average_classes(model, dataset)
    assert found.images.tolist() == found.hits.tolist() == [N_TEST // 2] * 2
    for k in (0, 1):
        means = (found.turned[k], found.as_they_lie[k])
        turned, lying = (np.corrcoef(mean.ravel(), found.medoid[k].ravel())[0, 1] for mean in means)
        assert turned > 0.9
        assert lying < 0.75


def test_a_class_that_no_image_is_taken_for_has_no_average(model, dataset):
    every = (dataset.images, dataset.labels, dataset.truth, dataset.split)
    hooks = Dataset(*(part[dataset.truth == 0] for part in every), {}, dataset.class_names, {})
    found = average_classes(model, hooks)
    assert found.images.tolist() == [N_TEST // 2, 0]
    assert np.isnan(found.turned[1]).all()
    assert np.isfinite(found.medoid).all()


def test_averages_of_a_run_are_stored_and_a_failed_run_leaves_its_reason(model, dataset, tmp_path):
    save_dataset(dataset, tmp_path / "d.npz")
    run = RunFolder(tmp_path / "run")
    run.save_model(model)
    run.write_metrics({"status": "ok", "reason": "", "estimator": "ssrvae.ExemplarClassifier"})
    write_class_averages(run, tmp_path / "d.npz", tmp_path / "a.npz")
    found = load_arrays(tmp_path / "a.npz", ClassAverages)
    assert found is not None
    np.testing.assert_array_equal(found.turned, average_classes(model, dataset).turned)
    run.write_metrics({"status": "diverged", "reason": "loss is NaN"})
    write_class_averages(run, tmp_path / "d.npz", tmp_path / "a.npz")
    assert load_arrays(tmp_path / "a.npz", ClassAverages) is None


def test_a_model_without_exemplars_is_refused(dataset, tmp_path):
    from sklearn.dummy import DummyClassifier

    run = RunFolder(tmp_path)
    run.save_model(DummyClassifier().fit([[0.0]], [0]))
    run.write_metrics({"status": "ok", "reason": "", "estimator": "sklearn.dummy.DummyClassifier"})
    with pytest.raises(InputError, match="a DummyClassifier turns no exemplars"):
        write_class_averages(run, tmp_path / "d.npz", tmp_path / "a.npz")
