"""Maps of latents: what is drawn where, by a model whose drawings tell class and style."""

import numpy as np
import pytest

from datagen.dataset import Dataset, save_dataset
from datagen.errors import InputError
from ssrvae.models.vae.estimators import VAE
from ssrvae.study.jobs.latent_maps import LEVELS, LatentMap, map_latents, write_latent_map
from ssrvae.study.jobs.model_arrays import load_arrays
from ssrvae.study.run_folder import RunFolder

SIDE = 4


class Telling:
    """Draws the class, first and second style variable as the grey values of three pixels; reads them again."""

    n_style = 3
    classes_ = np.array([0, 1])

    def decode(self, style, label):
        assert (style[:, 2] == 0).all()
        images = np.zeros((len(style), SIDE, SIDE))
        images[:, 0, 0], images[:, 0, 1], images[:, 0, 2] = label, (style[:, 0] + 2) / 4, (style[:, 1] + 2) / 4
        return images

    def transform(self, images):
        return images[:, :3]

    def predict(self, images):
        return images[:, 0].astype(int)


class Unlabelled(Telling):
    """The same without classes."""

    classes_ = None

    def decode(self, style):
        return super().decode(style, 0)


@pytest.fixture
def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.random((6, SIDE, SIDE)).astype(np.float32)
    truth = np.array([0, 1, 0, 1, 0, 1])
    split = np.array(["labelled"] * 2 + ["test"] * 4)
    labels = np.where(split == "labelled", truth, -1)
    return Dataset(images, labels, truth, split, {}, ("one", "two"), {})


def test_each_class_is_drawn_at_every_pair_of_levels_the_first_variable_along_columns(dataset):
    found = map_latents(Telling(), dataset)
    assert found.drawn.shape == (2, len(LEVELS), len(LEVELS), SIDE, SIDE)
    assert (found.drawn[0, :, :, 0, 0] == 0).all()
    assert (found.drawn[1, :, :, 0, 0] == 255).all()
    np.testing.assert_allclose(found.drawn[0, 2, :, 0, 1], 255 * (LEVELS + 2) / 4, atol=0.51)
    np.testing.assert_allclose(found.drawn[0, :, 2, 0, 2], 255 * (LEVELS + 2) / 4, atol=0.51)


def test_test_images_alone_are_read_and_without_classes_none_is_predicted(dataset):
    found, without = map_latents(Telling(), dataset), map_latents(Unlabelled(), dataset)
    images, truth = dataset.test_set()
    np.testing.assert_allclose(found.style, images[:, :2])
    np.testing.assert_array_equal(found.truth, truth)
    np.testing.assert_array_equal(found.predicted, images[:, 0].astype(int))
    assert without.drawn.shape[0] == 1
    assert set(without.predicted) == {-1}


def test_a_fitted_vae_is_mapped_and_a_failed_run_leaves_its_reason(dataset, tmp_path):
    save_dataset(dataset, tmp_path / "d.npz")
    folder = RunFolder(tmp_path / "run")
    folder.save_model(VAE(hidden=(4,), epochs=1, random_state=0).fit(dataset.images.reshape(6, -1)))
    folder.write_metrics({"status": "ok", "reason": "", "estimator": "ssrvae.VAE"})
    write_latent_map(folder, tmp_path / "d.npz", tmp_path / "map.npz")
    found = load_arrays(tmp_path / "map.npz", LatentMap)
    expected = folder.load_model("ssrvae.VAE").decode([[LEVELS[1], LEVELS[4]]])[0]
    assert np.abs(found.drawn[0, 4, 1] - 255 * expected).max() <= 0.51
    folder.write_metrics({"status": "diverged", "reason": "loss is NaN", "estimator": "ssrvae.VAE"})
    write_latent_map(folder, tmp_path / "d.npz", tmp_path / "none.npz")
    assert load_arrays(tmp_path / "none.npz", LatentMap) is None


def test_a_model_that_draws_nothing_is_told(dataset, tmp_path):
    from sklearn.dummy import DummyClassifier

    folder = RunFolder(tmp_path / "run")
    folder.save_model(DummyClassifier())
    folder.write_metrics({"status": "ok", "reason": "", "estimator": "sklearn.dummy.DummyClassifier"})
    with pytest.raises(InputError, match="a map needs a model with `transform`"):
        write_latent_map(folder, tmp_path / "d.npz", tmp_path / "map.npz")
