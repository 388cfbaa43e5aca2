"""Every model on another device: nothing is left on the CPU, and the numbers are those of the CPU."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from datagen.cards.card_images import generate_images
from datagen.cards.templates import load_templates
from datagen.errors import InputError
from datagen.factors import FactorRanges
from ssrvae import VAE, AugmentedClassifier, FixMatchClassifier, MarginalPoseClassifier, SSVAEClassifier, load
from ssrvae.models.baselines.network_classifier import NetworkClassifier
from ssrvae.models.image_estimator import ImageEstimator
from ssrvae.models.marginal import training as marginal_training
from tests.models.another_device import ELSEWHERE, AnotherDevice, Elsewhere

SIZE = 20
QUICK = {"epochs": 2, "batch_size": 8, "hidden": (16,), "random_state": 0}
MODELS = {
    "vae": VAE(**QUICK, invariances=["rotation", "translation", "scale"]),
    "warped": SSVAEClassifier(**QUICK),
    "harmonic": SSVAEClassifier(**QUICK, decoder="harmonic", likelihood="normal", likelihood_pixels=100),
    "coordinate": SSVAEClassifier(**QUICK, decoder="coordinate", decoder_precision="bfloat16"),
    "elbo": SSVAEClassifier(**QUICK, class_inference="elbo", angle_prior="normal", angle_prior_scale=1.0),
    "marginal": MarginalPoseClassifier(**QUICK, labelled_epochs=1, standalone=True, standalone_steps=3),
    "centred": MarginalPoseClassifier(**QUICK, labelled_epochs=1, max_shift=0, likelihood="normal"),
    "moments": MarginalPoseClassifier(**QUICK, labelled_epochs=1, moments=True),
    "mlp": AugmentedClassifier(steps=2, batch_size=8, noise_sd=0.1, random_state=0),
    "cnn": AugmentedClassifier(network="cnn", steps=2, batch_size=8, random_state=0),
    "fixmatch": FixMatchClassifier(network="mlp", steps=2, batch_size=4, random_state=0),
}


@pytest.fixture(scope="module")
def cards():
    ranges = FactorRanges(rotation_deg=60, shear_deg=10, scale=(1.0, 1.2), shift=0.05)
    images, labels, _ = generate_images(load_templates(None, SIZE), ranges, 6, SIZE, np.random.default_rng(0))
    return images.reshape(len(images), -1), np.where(np.arange(len(labels)) % 2, labels, -1)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(marginal_training, "STEPS_PER_EPOCH", 2)


def everything_read(model, images):
    """What a fitted estimator tells of images, by name."""
    if isinstance(model, NetworkClassifier):
        return {"probability": model.predict_proba(images)}
    label = [] if isinstance(model, VAE) else [model.classes_[0]]
    pose = model.pose(images)
    found = {"style": model.transform(images), "redrawn": model.reconstruct(images), **pose._asdict()}
    found["drawn"] = model.decode(np.ones((len(images), model.n_style)), *label, pose=pose)
    found["sample"] = model.sample(3) if isinstance(model, VAE) else model.sample(3)[0]
    if not isinstance(model, VAE):
        found["probability"] = model.predict_proba(images)
    if isinstance(model, MarginalPoseClassifier):
        found |= {"evidence": model.score_samples(images), "angles": model.pose_posterior(images)[1]}
    return found


@pytest.mark.filterwarnings("ignore:.*meta parameter")  # what the device is borrowed from
@pytest.mark.parametrize("name", MODELS)
def test_a_fit_elsewhere_is_the_fit_on_the_cpu(name, cards, monkeypatch, tmp_path):
    expected = everything_read(clone(MODELS[name]).fit(*cards), cards[0])
    monkeypatch.setattr(ImageEstimator, "_device", lambda self: ELSEWHERE)
    with AnotherDevice():
        model = clone(MODELS[name]).fit(*cards)
        assert {type(part) for part in model.model_.state_dict().values()} == {Elsewhere}
        model.save(tmp_path / "model.npz")
        for read in (model, load(tmp_path / "model.npz")):
            for what, found in everything_read(read, cards[0]).items():
                np.testing.assert_array_equal(found, expected[what], err_msg=what)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine offers no cuda device")
def test_a_fit_on_a_gpu_is_read_alike_on_the_cpu(name, cards, tmp_path):
    model = clone(MODELS[name]).set_params(device="cuda").fit(*cards)
    model.save(tmp_path / "model.npz")
    read = {device: load(tmp_path / "model.npz").set_params(device=device) for device in ("cuda", "cpu")}
    read["cpu"].model_.to("cpu")
    found = {device: everything_read(model, cards[0]) for device, model in read.items()}
    for what in found["cpu"].keys() - {"sample"}:
        np.testing.assert_allclose(found["cuda"][what], found["cpu"][what], rtol=1e-3, atol=1e-3, err_msg=what)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a cuda device")
@pytest.mark.parametrize("model", [VAE(), MarginalPoseClassifier(), AugmentedClassifier()])
def test_a_device_that_is_not_there_is_told_and_auto_does_without(model, cards):
    with pytest.raises(InputError, match="device is 'cuda', but this machine offers none; use 'auto' or 'cpu'"):
        clone(model).set_params(device="cuda").fit(*cards)
    assert clone(model).set_params(device="auto")._device() == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a cuda device")
@pytest.mark.parametrize("name", MODELS)
def test_a_model_fitted_on_a_gpu_is_read_without_one(name, cards, tmp_path):
    model = clone(MODELS[name]).fit(*cards)
    expected = everything_read(model, cards[0])
    model.set_params(device="cuda").save(tmp_path / "model.npz")
    read = load(tmp_path / "model.npz")
    assert read.device == "cpu"
    for what, found in everything_read(read, cards[0]).items():
        np.testing.assert_array_equal(found, expected[what], err_msg=what)


def test_a_tensor_left_on_the_cpu_is_refused_elsewhere():
    with AnotherDevice():
        there = torch.ones(3, device=ELSEWHERE)
        assert (there[torch.tensor([0, 1])] + 1).cpu().tolist() == [2, 2]
        for mix in (lambda: there + torch.ones(3), lambda: torch.ones(3)[there.long()], lambda: there @ torch.ones(3)):
            with pytest.raises(RuntimeError, match="mixes tensors on the CPU"):
                mix()
