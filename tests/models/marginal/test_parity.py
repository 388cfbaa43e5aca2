"""Products taken part by part, against the same products taken whole."""

import pytest
import torch
from scipy.linalg import hadamard

from ssrvae.models.basis import fourier_bessel
from ssrvae.models.marginal.deformed_templates import COEFFICIENT_SCALE, DeformedTemplates
from ssrvae.models.marginal.parity import Parts, basis_parity, fold, quadrants
from ssrvae.models.marginal.pose_grid import resolution_for

EVEN_AND_ODD = pytest.mark.parametrize("size", [24, 33])
"""With an odd side, quadrants share the pixels on the axes."""


def seeded(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def templates(size: int) -> DeformedTemplates:
    return DeformedTemplates(size, 2, 3, resolution_for(size), (8,))


@EVEN_AND_ODD
def test_functions_mirrored_change_their_signs_as_told(size):
    basis = fourier_bessel(size, *resolution_for(size))
    images = torch.cat([basis.cosines, basis.sines]).reshape(-1, size, size)
    odd_x, odd_y = basis_parity(basis.orders)
    for odd, axis in ((odd_x, 2), (odd_y, 1)):
        sign = torch.where(odd, -1.0, 1.0)[:, None, None]
        torch.testing.assert_close(images.flip(axis), sign * images, atol=1e-5, rtol=0)


def test_parts_of_different_lengths_are_put_together_again():
    odd_x, odd_y = torch.tensor([0, 1, 0, 0, 1, 1, 0]) > 0, torch.tensor([0, 0, 1, 0, 0, 1, 0]) > 0
    parts, values = Parts(odd_x, odd_y), seeded(2, 3, 7)
    split = parts.split(values)
    assert split.shape == (4, 2, 3, 3)
    torch.testing.assert_close(split[1, ..., :2], values[..., [1, 4]])
    torch.testing.assert_close(parts.join(split), values)
    assert (parts.rows(torch.ones(7, 5)).sum((1, 2)) / 5).tolist() == [3, 2, 1, 1]


@EVEN_AND_ODD
def test_quadrants_count_every_pixel_once(size):
    inside = fourier_bessel(size, *resolution_for(size)).disc
    index, count = quadrants(inside.reshape(size, size))
    counted = torch.zeros(size**2).index_add(0, index.flatten(), count.repeat(4))
    torch.testing.assert_close(counted, inside.float())


def test_folding_is_the_hadamard_matrix_and_its_own_gradient():
    quarters = seeded(4, 3, 5).double().requires_grad_()
    expected = torch.einsum("ps,sab->pab", torch.from_numpy(hadamard(4)).double(), quarters)
    torch.testing.assert_close(fold(quarters), expected)
    assert torch.autograd.gradcheck(fold, quarters)


@EVEN_AND_ODD
def test_an_object_is_drawn_and_projected_on_the_disc_as_on_the_whole_image(size):
    decoder = templates(size)
    coefficients, disc = seeded(3, len(decoder.functions)), decoder.disc
    with torch.no_grad():
        image, on_disc = decoder.draw(coefficients), decoder.draw_on_disc(coefficients)
    torch.testing.assert_close(on_disc, image[:, disc], atol=1e-5, rtol=1e-5)
    pixels = image.masked_fill(decoder.rim, 0)
    torch.testing.assert_close(decoder.sum_disc(on_disc), pixels.sum(1), atol=1e-3, rtol=1e-4)
    projected = decoder.project_disc(on_disc)
    torch.testing.assert_close(projected, pixels @ decoder.functions.T, atol=1e-3, rtol=1e-4)


@EVEN_AND_ODD
def test_templates_start_as_the_closest_drawings_of_images(size):
    decoder, images = templates(size), seeded(2, size**2)
    decoder.start_from(images, 0.5)
    table = decoder.functions[:, ~decoder.rim].T.double()
    closest = torch.linalg.lstsq(table, (images - 0.5)[:, ~decoder.rim].T.double(), driver="gelsd").solution
    found = COEFFICIENT_SCALE * decoder.templates.detach().double()
    torch.testing.assert_close(found @ table.T, closest.T @ table.T, atol=1e-4, rtol=1e-4)
