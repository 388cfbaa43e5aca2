"""Reading class, style and pose, against sums over every pose of the grid and poses that are known."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from datagen.cards.card_images import generate_images
from datagen.cards.templates import load_templates
from datagen.factors import FactorRanges
from ssrvae.models.marginal.families import BernoulliFamily
from ssrvae.models.marginal.inference import (
    START_SDS,
    Reading,
    Starts,
    far_apart,
    first_poses,
    log_sum_exp,
    read,
    starts_of,
)
from ssrvae.models.marginal.model import MarginalPoseModel, Observed
from ssrvae.models.marginal.objectives import bound_loss
from ssrvae.models.marginal.pose_grid import pose_grid, resolution_for
from ssrvae.models.marginal.poses import angle_posterior, best_pose
from ssrvae.models.marginal.projections import Projector, projector
from ssrvae.models.marginal.training import UnlabelledSet, unlabelled_loss

SIZE, PER_CLASS = 28, 5


@pytest.fixture(scope="module")
def suits() -> tuple[torch.Tensor, np.ndarray, dict[str, np.ndarray]]:
    """Suits at any angle and shift, unsheared: images [n, pixels], classes [n], factors."""
    ranges = FactorRanges(180, 0, (1.0, 1.0), 0.08)
    images, truth, factors = generate_images(
        load_templates(None, SIZE), ranges, PER_CLASS, SIZE, np.random.default_rng(0)
    )
    return torch.from_numpy(images.reshape(len(images), -1)), truth, factors


@pytest.fixture(scope="module")
def model() -> MarginalPoseModel:
    """Templates at their true shape; an encoder that reads no style."""
    torch.manual_seed(0)
    model = MarginalPoseModel(SIZE, 4, 3, 0.2, BernoulliFamily(), (8,)).eval()
    upright, _, _ = generate_images(load_templates(None, SIZE), FactorRanges(), 1, SIZE, np.random.default_rng(0))
    model.decoder.start_from(model.family.drawn_from(torch.from_numpy(upright.reshape(4, -1))), -6.0)
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.zero_()
    return model


@pytest.fixture(scope="module")
def project(model) -> Projector:
    return projector(SIZE, model.resolution, model.grid.shifts_per_axis, model.grid.shift_step)


@pytest.fixture(scope="module")
def starts(model) -> Starts:
    return starts_of(model)


@pytest.fixture(scope="module")
def projections(project, suits) -> torch.Tensor:
    return project(project.reduce(suits[0]))


@pytest.fixture(scope="module")
def reading(model, starts, projections, suits) -> Reading:
    images = suits[0]
    return read(model, starts, projections, images.sum(1), images.square().sum(1))


def test_poses_beyond_the_window_hold_no_weight(model, projections, suits, reading):
    images, truth, _ = suits
    with torch.no_grad():
        drawn = model.draw(torch.zeros(len(images), 4, 3), torch.eye(4))
        every = model.pose_scores(drawn, projections[:, None], images.sum(1)[:, None])
    rows = np.arange(len(images))
    expected = logsumexp(every.flatten(2).double().numpy(), axis=2)[rows, truth]
    np.testing.assert_allclose(reading.scores.flatten(2).logsumexp(2).numpy()[rows, truth], expected, atol=1e-2)


def test_the_bound_of_unlabelled_images_is_that_of_the_whole_grids_prior(model, project, starts, projections, suits):
    images = suits[0]
    mass, power, all_rows = images.sum(1), images.square().sum(1), torch.arange(len(images))
    torch.manual_seed(1)
    found = unlabelled_loss(model, project, UnlabelledSet(project.reduce(images), mass, power), all_rows)
    torch.manual_seed(1)
    reading = read(model, starts, projections, mass, power)
    drawn = torch.multinomial(reading.class_score.softmax(1), 1)[:, 0]
    every_shift = Observed(projections, reading.upright[all_rows, drawn], mass, power)
    expected = bound_loss(model, every_shift, torch.eye(4)[drawn])
    assert found.item() == pytest.approx(expected.item(), abs=0.1)  # the window's share alone is log(81 / 9) = 2.2


def test_known_templates_at_any_pose_are_told_apart(suits, reading):
    assert (reading.log_joint.argmax(1).numpy() == suits[1]).all()


def test_an_object_of_any_shape_is_first_read_near_its_true_angle(model, starts, project):
    ranges = FactorRanges(180, 15, (1.0, 1.3), 0.08)
    images, truth, factors = generate_images(load_templates(None, SIZE), ranges, 100, SIZE, np.random.default_rng(1))
    flat = torch.from_numpy(images.reshape(len(images), -1))
    _, angle = first_poses(model, starts, project(project.reduce(flat)))
    found = model.grid.angles_rad[angle[torch.arange(len(flat)), torch.from_numpy(truth)]].numpy()
    off = np.exp(1j * (found - np.deg2rad(factors["rotation_deg"])[:, None]))
    off[truth == 3] **= 2  # diamonds look the same upside down
    assert np.abs(np.angle(off)).min(axis=1).max() < np.deg2rad(45)


def test_first_poses_are_the_best_of_every_start_at_every_other_shift_and_angle(model, starts, projections):
    axes = torch.eye(3)
    styles = torch.cat([torch.zeros(1, 3), *(sign * sd * axes for sd in START_SDS for sign in (1, -1))])
    side = model.grid.shifts_per_axis
    shifts = torch.tensor([x * side + y for x in range(0, side, 2) for y in range(0, side, 2)])
    with torch.no_grad():
        drawn = model.draw(styles.expand(4, -1, -1), torch.eye(4)[:, None])
        # [n, classes, styles, shifts, angles]
        scores = model.phases.correlations(drawn.coefficients[:, :, None], projections[:, None, None, shifts])
        scores = (scores - drawn.log_partition[..., None, None])[..., ::2]
    angle = far_apart(scores.amax((2, 3)))
    best_shift = scores.amax(2).argmax(2)
    found_shift, found_angle = first_poses(model, starts, projections)
    assert (found_angle == 2 * angle).all()
    assert (found_shift == shifts[best_shift.gather(2, angle)]).all()


def test_sums_of_exponentials_are_those_of_torch_however_far_apart_the_terms():
    scores = -torch.rand(50, 200, generator=torch.Generator().manual_seed(0)) * torch.logspace(-2, 4, 50)[:, None]
    torch.testing.assert_close(log_sum_exp(scores), scores.logsumexp(-1))


def test_first_angles_are_the_highest_scores_far_from_higher_ones():
    scores = torch.zeros(36)
    scores[[0, 5, 8, 20, 30]] = torch.tensor([9.0, 8.0, 7.0, 6.0, 5.0])
    assert far_apart(scores).tolist() == [0, 8, 20]


def test_poses_are_found_between_the_points_of_the_grid(model, suits, reading):
    _, truth, factors = suits
    poses = best_pose(model.grid, reading, torch.from_numpy(truth)).numpy()
    shift = np.stack([factors["shift_x"], factors["shift_y"]], axis=1)
    turned = np.exp(1j * (poses[:, 0] - np.deg2rad(factors["rotation_deg"])))
    turned[truth == 3] **= 2  # diamonds look the same upside down
    assert np.abs(np.angle(turned)).max() < np.deg2rad(2)
    assert np.abs(poses[:, 1:] / 2 - shift).max() * SIZE < 0.25


def test_the_angle_posterior_of_a_diamond_has_two_equal_tops(suits, reading):
    truth = torch.from_numpy(suits[1])
    posterior = angle_posterior(reading, truth)[truth == 3]
    torch.testing.assert_close(posterior.sum(1), torch.ones(len(posterior)))
    opposite = posterior.roll(posterior.shape[1] // 2, dims=1)
    assert ((posterior + opposite).max(1).values > 0.3).all()
    assert (opposite.gather(1, posterior.argmax(1)[:, None]) > 1e-3).any()


def test_a_parabola_between_grid_points_is_found_exactly():
    grid = pose_grid(resolution_for(SIZE), 0.2)
    n_angles, side = len(grid.angles_rad), grid.shifts_per_axis
    angle, shift = 0.83, torch.tensor([0.041, -0.012])
    window = torch.tensor([row * side + column for row in range(4, 7) for column in range(3, 6)])
    turned = torch.remainder(grid.angles_rad - angle + math.pi, 2 * math.pi) - math.pi
    scores = -100 * turned**2 - 1000 * ((grid.shifts[window] - shift) ** 2).sum(1)[:, None]
    assert scores.shape == (9, n_angles)
    found = Reading(
        torch.zeros(1, 1),
        torch.zeros(1, 1),
        torch.zeros(1, 1, 2),
        scores[None, None],
        window[None, None],
        torch.zeros(1),
    )
    expected = torch.tensor([[angle, *shift.tolist()]])
    torch.testing.assert_close(best_pose(grid, found, torch.tensor([0])), expected, atol=1e-4, rtol=0)
