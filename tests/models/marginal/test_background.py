"""The background's level, from images whose level is known."""

import numpy as np
import pytest
import torch

from ssrvae.models.marginal.background import background_level, levelled

SIZE = 32


def discs(level: float, n: int = 3) -> torch.Tensor:
    """Bright discs on a background of a level: [n, pixels]."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    image = np.where(np.hypot(x, y) < 10, 1.0, level)
    return torch.from_numpy(np.tile(image.ravel(), (n, 1))).float()


def test_the_level_is_that_of_the_corners():
    level, error = background_level(discs(0.25))
    np.testing.assert_allclose(level, 0.25)
    np.testing.assert_allclose(error, 0)


def test_an_object_in_one_corner_does_not_count():
    images = discs(0.1).reshape(-1, SIZE, SIZE)
    images[:, :8, :8] = 1.0
    np.testing.assert_allclose(background_level(images.flatten(1))[0], 0.1, atol=1e-6)


@pytest.mark.parametrize("offset", [0.3, -0.2])
def test_haze_is_taken_away_and_nothing_else_changes(offset):
    clean = discs(0.25)
    np.testing.assert_allclose(levelled(clean + offset, torch.tensor(0.25)), clean, atol=1e-6)
    np.testing.assert_allclose(levelled(clean, torch.tensor(0.25)), clean)


def test_the_standard_error_is_that_of_the_level_under_noise():
    noisy = 0.4 + 0.5 * torch.randn(4000, SIZE * SIZE, generator=torch.Generator().manual_seed(0))
    level, error = background_level(noisy)
    assert level.std().item() == pytest.approx(error.mean().item(), rel=0.1)
    assert level.mean().item() == pytest.approx(0.4, abs=0.01)


def test_differences_within_the_noise_are_left():
    noisy = 0.5 * torch.randn(500, SIZE * SIZE, generator=torch.Generator().manual_seed(1))
    moved = (levelled(noisy, torch.tensor(0.0)) - noisy).abs().amax(1)
    assert (moved == 0).double().mean() > 0.9
