"""The network on polar fields: turns change nothing, and views are learnt from."""

import numpy as np
import pytest
import torch

from datagen.cards.card_images import generate_images
from datagen.cards.templates import load_templates
from datagen.factors import FactorRanges
from ssrvae.models.exemplar.polar_fields import (
    N_ANGLES,
    N_RADII,
    ObjectMaps,
    edge_fields,
    grey_fields,
    object_maps,
    whole_radius,
)
from ssrvae.models.exemplar.polar_network import (
    ANGLE_STEP,
    N_CHANNELS,
    Course,
    PolarNetwork,
    Views,
    log_probabilities,
    network_fields,
    train,
)

SIZE = 24


def suits(per_class: int, rotation_deg: float, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    templates, rng = load_templates(None, SIZE), np.random.default_rng(seed)
    images, truth, _ = generate_images(templates, FactorRanges(rotation_deg, 5), per_class, SIZE, rng)
    return torch.from_numpy(images), torch.from_numpy(truth)


def fields(objects: ObjectMaps) -> torch.Tensor:
    radius_px = whole_radius(objects)
    return network_fields(edge_fields(objects, radius_px), grey_fields(objects, radius_px))


def test_a_turn_of_the_fields_by_the_last_layers_step_changes_nothing():
    torch.manual_seed(0)
    network, given = PolarNetwork(3).eval(), torch.randn(4, N_CHANNELS, N_RADII, N_ANGLES)
    with torch.no_grad():
        expected = network(given)
        for steps in (ANGLE_STEP, 3 * ANGLE_STEP, N_ANGLES - ANGLE_STEP):
            torch.testing.assert_close(network(torch.roll(given, steps, dims=-1)), expected)
        assert (network(torch.roll(given, 8, dims=2)) - expected).abs().max() > 1e-3


def test_upright_suits_teach_turned_ones():
    torch.manual_seed(0)
    images, truth = suits(8, 4, 0)
    turned, expected = suits(40, 180, 1)
    network = PolarNetwork(4)
    weights = torch.ones(len(truth))
    train(network, object_maps(images), torch.eye(4)[truth], weights, Views(), Course(60, 32, 4e-3))
    found = log_probabilities(network, fields(object_maps(turned)))
    torch.testing.assert_close(found.exp().sum(1), torch.ones(len(turned)), atol=1e-4, rtol=0)
    assert (found.argmax(1) == expected).float().mean() > 0.85


def test_images_of_no_weight_teach_nothing():
    images, truth = suits(6, 4, 0)
    wrong = torch.cat([torch.eye(4)[truth], torch.eye(4)[(truth + 1) % 4]])
    weights = torch.cat([torch.ones(len(truth)), torch.zeros(len(truth))])
    found = []
    for objects, targets, own in (
        (object_maps(images), torch.eye(4)[truth], weights[: len(truth)]),
        (object_maps(torch.cat([images, images])), wrong, weights),
    ):
        torch.manual_seed(1)
        network = PolarNetwork(4)
        train(network, objects, targets, own, Views(), Course(30, 32, 4e-3))
        found.append(log_probabilities(network, fields(object_maps(images))).argmax(1))
    assert (found[0] == truth).float().mean() > 0.7
    assert (found[1] == truth).float().mean() > 0.7


@pytest.mark.parametrize("mirrors", [True, False])
def test_mirror_images_are_learnt_only_where_they_count(mirrors):
    torch.manual_seed(0)
    hook = torch.zeros(1, SIZE, SIZE)
    hook[:, 4:20, 10:13] = hook[:, 17:20, 10:19] = 1
    images = torch.cat([hook, hook.flip(2)])
    objects = object_maps(images)
    network = PolarNetwork(2)
    train(network, objects, torch.eye(2), torch.ones(2), Views(mirrors=mirrors), Course(60, 16, 4e-3))
    found = log_probabilities(network, fields(objects)).exp().diagonal()
    assert bool((found > 0.9).all()) != mirrors
