"""The steerable network: what a turn leaves alone, its files, and what is told where e2cnn is absent."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from ssrvae import AugmentedClassifier, load
from ssrvae.models.networks import StridedConvolutions
from ssrvae.models.steerable_network import SteerableConvolutions

needs_e2cnn = pytest.mark.skipif(find_spec("e2cnn") is None, reason="no e2cnn: pip install .[steerable]")
QUICK = AugmentedClassifier(network="steerable", steps=2, batch_size=8, random_state=0)


@needs_e2cnn
@pytest.mark.parametrize("side", [40, 25])
def test_a_quarter_turn_changes_no_answer(side):
    torch.manual_seed(0)
    images = torch.rand(6, side, side)
    turned = images.rot90(1, (1, 2))
    for network, changes in ((SteerableConvolutions(side, 3), False), (StridedConvolutions(side, 3), True)):
        network.train()  # answers of batches that are normalised, not tiny ones of a network that was never fitted
        before, after = (network(shown.flatten(1)).detach() for shown in (images, turned))
        assert before.std() > 0.01
        assert ((before - after).abs().max() > 1e-2) == changes


@needs_e2cnn
def test_an_eighth_turn_changes_answers_less_than_another_image_does():
    torch.manual_seed(0)
    network = SteerableConvolutions(40, 3).train()
    points = np.stack(np.meshgrid(*[np.linspace(-1, 1, 40)] * 2), -1)
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (8, 2))
    answers = [network(torch.from_numpy(_bumps(points, angles + turn))).detach() for turn in (0, np.pi / 4)]
    assert (answers[0] - answers[1]).std() < 0.2 * answers[0].std()


def _bumps(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Draw two smooth bumps, one broader, at angles [n, 2] on a circle: [n, pixels]."""
    centres = 0.5 * np.stack([np.cos(angles), np.sin(angles)], -1)
    squared = ((points - centres[:, :, None, None]) ** 2).sum(-1)
    return np.exp(-squared / np.array([0.05, 0.1])[:, None, None]).sum(1).reshape(len(angles), -1).astype(np.float32)


@needs_e2cnn
def test_a_fitted_one_is_read_back_and_classifies_a_turned_image_alike(tmp_path):
    images, labels = np.random.default_rng(0).random((12, 20, 20), dtype=np.float32), np.tile([0, 1, -1], 4)
    model = QUICK.fit(images, labels)
    model.save(tmp_path / "model.npz")
    found = load(tmp_path / "model.npz").predict_proba(images)
    np.testing.assert_array_equal(found, model.predict_proba(images))
    np.testing.assert_allclose(model.predict_proba(np.rot90(images, 1, (1, 2))), found, atol=1e-5)


def test_without_e2cnn_the_fit_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "e2cnn", None)
    with pytest.raises(ImportError, match=r"the network 'steerable' needs e2cnn.*pip install e2cnn"):
        QUICK.fit(np.zeros((2, 16), dtype=np.float32), [0, 1])
