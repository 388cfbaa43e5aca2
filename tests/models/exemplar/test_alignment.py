"""Alignment against every turn tried one by one, and against images turned and mirrored for real."""

import math

import numpy as np
import pytest
import torch

from datagen.affine import warp
from datagen.cards.templates import load_templates
from datagen.factors import FACTOR_NAMES
from ssrvae.models.exemplar.alignment import LOSS, align, squared_distances, turnable
from ssrvae.models.exemplar.polar_fields import N_ANGLES, edge_fields, mirrored, object_maps


def edges(images: np.ndarray) -> torch.Tensor:
    objects = object_maps(torch.from_numpy(np.ascontiguousarray(images)))
    return edge_fields(objects, torch.full((len(images),), images.shape[1] / 2))


@pytest.mark.parametrize("mirrors", [False, True])
def test_distances_are_those_of_the_best_of_all_turns(mirrors):
    torch.manual_seed(0)
    objects, exemplars = torch.randn(7, 3, 4, N_ANGLES), torch.randn(5, 3, 4, N_ANGLES)
    tried = [exemplars, mirrored(exemplars)] if mirrors else [exemplars]
    turned = torch.stack([torch.roll(each, shift, dims=-1) for each in tried for shift in range(N_ANGLES)])
    squared = (objects[:, None, None] - turned).square().flatten(3).sum(3)
    best = squared.min(dim=1)
    found = align(objects, turnable(exemplars, mirrors, loss=0))
    torch.testing.assert_close(found.squared_distance, best.values, rtol=1e-4, atol=1e-3)
    shift = best.indices % N_ANGLES
    angle = torch.remainder(-shift * 2 * math.pi / N_ANGLES + math.pi, 2 * math.pi) - math.pi
    torch.testing.assert_close(found.angle_rad, angle)
    assert torch.equal(found.is_mirrored, best.indices >= N_ANGLES)


@pytest.mark.parametrize("mirrors", [False, True])
def test_axes_left_out_move_no_distance_by_more_than_the_stated_loss_allows(mirrors):
    rng = np.random.default_rng(0)
    objects, exemplars = (edges(rng.random((n, 24, 24), dtype=np.float32)) for n in (9, 30))
    ready = turnable(exemplars, mirrors)
    assert ready.axes.shape[2] < ready.axes.shape[1]
    whole = squared_distances(objects, turnable(exemplars, mirrors, loss=0))
    error = squared_distances(objects, ready) - whole
    lost = LOSS * exemplars.square().sum()
    limit = 2 * objects.square().sum((1, 2, 3)).sqrt() * lost.sqrt()
    assert error.abs().max() > 0
    assert (error.square().sum(1).sqrt() <= limit).all()


def test_distances_alone_are_those_of_the_alignment():
    torch.manual_seed(0)
    objects, exemplars = torch.randn(7, 3, 4, N_ANGLES), torch.randn(5, 3, 4, N_ANGLES)
    ready = turnable(exemplars, mirrors=True)
    torch.testing.assert_close(squared_distances(objects, ready), align(objects, ready).squared_distance)


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_the_angle_is_that_by_which_the_object_was_turned(is_mirrored):
    angles_deg = np.array([-150.0, -90, -45, 0, 30, 90, 135])
    spade = load_templates(None, 48).images[1:2].copy()
    spade[:, :, :20] *= 0.3  # a spade is its own mirror image: dim its left side
    exemplar = spade[:, :, ::-1] if is_mirrored else spade
    factors = {name: np.full(len(angles_deg), float(name == "scale")) for name in FACTOR_NAMES}
    turned = warp(spade, np.zeros(len(angles_deg), dtype=int), factors | {"rotation_deg": angles_deg}, 48)
    found = align(edges(turned), turnable(edges(exemplar), mirrors=True))
    assert (found.is_mirrored == is_mirrored).all()
    error_deg = np.rad2deg(found.angle_rad[:, 0].numpy()) - angles_deg
    assert np.abs((error_deg + 180) % 360 - 180).max() <= 0.75 * 360 / N_ANGLES
