"""Poses against exact quarter turns, inverse maps and whole-pixel shifts."""

import math

import numpy as np
import pytest
import torch

from ssrvae.models.geometry import Pose, pixel_grid, place, rotate, scattered_pixels, to_object_coordinates, upright

SIZE = 6


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(3, SIZE * SIZE, generator=torch.Generator().manual_seed(0))


def pose_of(n: int, angle_rad: float = 0.0, shift: tuple[float, float] = (0.0, 0.0), scale: float = 1.0) -> Pose:
    return Pose(torch.full((n,), angle_rad), torch.tensor(shift).expand(n, 2), torch.full((n,), scale))


def test_the_grid_starts_at_the_top_left_and_has_pixel_centres():
    grid = pixel_grid(4).reshape(4, 4, 2)
    assert grid[0, 0].tolist() == [-0.75, 0.75]
    assert grid[3, 1].tolist() == [-0.25, -0.75]


def test_rotating_a_point_counter_clockwise_by_a_quarter_takes_x_to_y():
    turned = rotate(torch.tensor([[1.0, 0.0]]), torch.tensor(math.pi / 2))
    np.testing.assert_allclose(turned, [[0.0, 1.0]], atol=1e-7)


def test_object_coordinates_invert_scale_turn_and_shift():
    points = pixel_grid(SIZE)
    pose = pose_of(1, angle_rad=0.7, shift=(0.2, -0.3), scale=1.4)
    placed = pose.scale * rotate(points, pose.angle_rad[0]) + pose.shift
    recovered = torch.stack([to_object_coordinates(p[None], Pose(*(q[0] for q in pose)))[0] for p in placed])
    np.testing.assert_allclose(recovered, points, atol=1e-6)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_of_images_is_exact(images, quarters):
    turned = place(images, pose_of(3, angle_rad=quarters * math.pi / 2)).reshape(-1, SIZE, SIZE)
    expected = np.rot90(images.reshape(-1, SIZE, SIZE).numpy(), quarters, axes=(1, 2))
    np.testing.assert_allclose(turned, expected, atol=1e-6)


def test_a_shift_by_whole_pixels_is_exact_and_shows_the_outside(images):
    one_pixel = 2 / SIZE
    moved = place(images, pose_of(3, shift=(one_pixel, 2 * one_pixel)), outside=-5.0).reshape(-1, SIZE, SIZE)
    np.testing.assert_allclose(moved[:, :-2, 1:], images.reshape(-1, SIZE, SIZE)[:, 2:, :-1], atol=1e-5)
    np.testing.assert_allclose(moved[:, -2:, :], -5.0, atol=1e-5)


def test_the_upright_pose_changes_nothing(images):
    np.testing.assert_allclose(place(images, upright((3,), like=images)), images, atol=1e-6)


def test_placing_agrees_with_sampling_a_smooth_function_at_object_coordinates():
    def smooth(points: torch.Tensor) -> torch.Tensor:
        return torch.exp(-12 * ((points - torch.tensor([0.2, 0.1])) ** 2).sum(-1))

    grid = pixel_grid(64)
    pose = pose_of(1, angle_rad=0.5, shift=(0.15, -0.1), scale=1.2)
    placed = place(smooth(grid)[None], pose)
    np.testing.assert_allclose(placed, smooth(to_object_coordinates(grid, pose)), atol=1e-2)


@pytest.mark.parametrize(("size", "n_pixels"), [(4, 5), (7, 12), (7, 49)])
def test_scattered_pixels_are_as_likely_everywhere(size, n_pixels):
    """Mean counts over 4000 draws within 5 standard errors of n / pixels; by chance one fails with probability 3e-5."""
    torch.manual_seed(0)
    draws = torch.stack([scattered_pixels(size, n_pixels) for _ in range(4000)])
    counts = torch.nn.functional.one_hot(draws, size**2).sum(1).double()
    standard_error = counts.std(0) / math.sqrt(len(counts))
    assert (counts.mean(0) - n_pixels / size**2).abs().le(5 * standard_error + 1e-9).all()
    assert standard_error.max() > 1e-4


def test_the_mean_of_an_image_varies_less_over_scattered_pixels_than_over_independent_ones():
    torch.manual_seed(0)
    x, y = pixel_grid(48).unbind(-1)
    disc = (x**2 + (y - 0.2) ** 2 < 0.25).double()
    scattered = torch.stack([disc[scattered_pixels(48, 144)].mean() for _ in range(500)])
    independent = torch.stack([disc[torch.randperm(48**2)[:144]].mean() for _ in range(500)])
    assert scattered.var() < independent.var() / 4
    assert abs(scattered.mean() - disc.mean()) < 5 * scattered.std() / math.sqrt(500)
