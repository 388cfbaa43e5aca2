"""FixMatch: its loss by hand, its two views, and its limiting case."""

import math

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch import nn

from ssrvae import AugmentedClassifier, FixMatchClassifier
from ssrvae.models.baselines import fixmatch
from ssrvae.models.moved_images import Moves

AS_THEY_ARE = {"rotation_deg": 0, "shift": 0, "noise_sd": 0, "shear_deg": 0, "scale": 1, "cutout": 0}


@pytest.mark.parametrize("threshold", [0.95, 0.05])
def test_the_loss_and_its_gradient_are_those_of_the_paper(threshold):
    """Images of 0 and 1, which sharpening leaves alone, one of each kind: every batch holds nothing else."""
    black_and_white = np.random.default_rng(0).integers(0, 2, (2, 16)).astype(np.float32)
    network = nn.Linear(16, 3)
    model = FixMatchClassifier(**AS_THEY_ARE, threshold=threshold, unlabelled_weight=0.7, batch_size=2)
    model.model_ = network
    loss = model.batch_loss(torch.from_numpy(black_and_white), torch.tensor([2, -1]))()
    loss.backward()
    weight, bias = network.weight.detach().numpy(), network.bias.detach().numpy()
    known, unknown = softmax(black_and_white @ weight.T + bias, axis=1)
    believed = 0.7 * (unknown.max() >= threshold)
    assert believed == (0 if threshold == 0.95 else 0.7)
    expected = -np.log(known[2]) - believed * np.log(unknown.max())
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    errors = np.stack([known - np.eye(3)[2], believed * (unknown - np.eye(3)[unknown.argmax()])])
    np.testing.assert_allclose(network.weight.grad.numpy(), errors.T @ black_and_white, atol=1e-5)


def test_labels_are_guessed_in_the_weak_view_and_learnt_in_the_strong_one(monkeypatch):
    seen = []
    monkeypatch.setattr(fixmatch, "view", lambda images, moves: seen.append((len(images), moves)) or images)
    model = FixMatchClassifier(batch_size=2, unlabelled_ratio=3, threshold=0.0)
    model.model_ = nn.Linear(16, 3)
    model.batch_loss(torch.rand(5, 16), torch.tensor([0, 1, 2, -1, -1]))()
    weak = Moves(turn_rad=math.pi, shift=2 * 0.1, noise_sd=0.0)
    strong = weak._replace(noise_sd=0.1, shear_rad=math.radians(10), log_scale=math.log(1.1), cutout=0.3)
    assert seen == [(6, weak), (6, strong)]


def test_without_unlabelled_images_it_is_the_augmented_baseline():
    images, labels = np.random.default_rng(0).random((12, 256), dtype=np.float32), np.tile([0, 1, 2], 4)
    settings = {"network": "cnn", "steps": 5, "batch_size": 8, "random_state": 0}
    fixmatch = FixMatchClassifier(**settings).fit(images, labels)
    augmented = AugmentedClassifier(**settings).fit(images, labels)
    np.testing.assert_array_equal(fixmatch.predict_proba(images), augmented.predict_proba(images))
