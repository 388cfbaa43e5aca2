"""Decoders against a direct double loop, exact quarter turns and each other's contract."""

import math

import numpy as np
import pytest
import torch

from ssrvae.models.geometry import Pose, upright
from ssrvae.models.vae.decoders import DECODERS
from ssrvae.models.vae.decoders.coordinate import CoordinateDecoder
from ssrvae.models.vae.likelihoods import LIKELIHOODS

SIZE, N_LATENTS = 8, 5


@pytest.fixture(params=sorted(DECODERS))
def decoder(request) -> torch.nn.Module:
    torch.manual_seed(1)
    return DECODERS[request.param](SIZE, N_LATENTS, (7, 6))


def random_pose(n: int) -> Pose:
    generator = torch.Generator().manual_seed(2)
    angle = 3 * torch.randn(n, generator=generator)
    return Pose(angle, 0.3 * torch.randn(n, 2, generator=generator), torch.full((n,), 1.2))


def test_the_shipped_decoders_are_found():
    assert {"coordinate", "harmonic", "warped"} <= set(DECODERS)


def test_the_coordinate_decoder_equals_a_double_loop_over_images_and_pixels():
    torch.manual_seed(3)
    decoder = CoordinateDecoder(SIZE, N_LATENTS, (7, 6))
    latents, pose = torch.randn(4, N_LATENTS), random_pose(4)
    weights = {name: value.detach().double().numpy() for name, value in decoder.named_parameters()}
    expected = np.zeros((4, SIZE * SIZE))
    for image in range(4):
        angle, shift, scale = float(pose.angle_rad[image]), pose.shift[image].numpy(), float(pose.scale[image])
        for pixel in range(SIZE * SIZE):
            row, column = divmod(pixel, SIZE)
            x = (column - (SIZE - 1) / 2) / (SIZE / 2) - shift[0]
            y = -(row - (SIZE - 1) / 2) / (SIZE / 2) - shift[1]
            u = (math.cos(angle) * x + math.sin(angle) * y) / scale
            v = (-math.sin(angle) * x + math.cos(angle) * y) / scale
            first = weights["from_grid.weight"] @ [u, v] + weights["from_grid.bias"]
            first = np.tanh(first + weights["from_latents.weight"] @ latents[image].numpy())
            for layer in ("rest.0", "rest.2"):
                first = np.tanh(weights[f"{layer}.weight"] @ first + weights[f"{layer}.bias"])
            expected[image, pixel] = (weights["rest.4.weight"] @ first + weights["rest.4.bias"])[0]
    np.testing.assert_allclose(decoder(latents, pose).detach(), expected, atol=1e-5)


def test_turning_the_latent_angle_by_a_quarter_turns_the_image_exactly(decoder):
    latents = torch.randn(3, N_LATENTS)
    pose = upright((3,), like=latents)
    flat = decoder(latents, pose).detach().reshape(3, SIZE, SIZE)
    quarter = decoder(latents, pose._replace(angle_rad=torch.full((3,), math.pi / 2))).detach()
    np.testing.assert_allclose(quarter.reshape(3, SIZE, SIZE), np.rot90(flat, axes=(1, 2)), atol=1e-4)


def test_without_a_pose_the_object_is_upright(decoder):
    latents = torch.randn(3, N_LATENTS)
    torch.testing.assert_close(decoder(latents), decoder(latents, upright((3,), like=latents)), atol=1e-5, rtol=1e-5)


def test_a_subset_of_pixels_is_that_subset_of_the_image(decoder):
    latents, pose = torch.randn(3, N_LATENTS), random_pose(3)
    pixels = torch.tensor([5, 0, 63])
    for placed in (pose, None):
        torch.testing.assert_close(decoder(latents, placed, pixels), decoder(latents, placed)[:, pixels])


def test_leading_dimensions_are_a_batch(decoder):
    latents, pose = torch.randn(6, N_LATENTS), random_pose(6)
    batched = Pose(*(part.unflatten(0, (2, 3)) for part in pose))
    together = decoder(latents.unflatten(0, (2, 3)), batched)
    torch.testing.assert_close(together.flatten(0, 1), decoder(latents, pose))


@pytest.mark.parametrize("likelihood", sorted(LIKELIHOODS))
@pytest.mark.parametrize("pixels", [None, torch.tensor([5, 0, 63, 17])])
@pytest.mark.parametrize("posed", [True, False])
def test_images_scored_one_by_one_have_the_values_and_gradients_of_the_plain_formula(likelihood, pixels, posed):
    torch.manual_seed(4)
    decoder, likelihood = CoordinateDecoder(SIZE, N_LATENTS, (7, 6)), LIKELIHOODS[likelihood]()
    images, weights = torch.rand(3, SIZE * SIZE if pixels is None else len(pixels)), torch.rand(2, 3)
    latents = torch.randn(2, 3, N_LATENTS, requires_grad=True)
    pose = Pose(*(part.unflatten(0, (2, 3)).requires_grad_() for part in random_pose(6))) if posed else None
    leaves = [latents, *(pose or ()), *decoder.parameters(), *likelihood.parameters()]
    found = []
    for score in (
        decoder.log_likelihood(likelihood, images, latents, pose, pixels),
        likelihood(decoder(latents, pose, pixels)).log_prob(images),
    ):
        found.append([score, *torch.autograd.grad((weights * score).sum(), leaves)])
    assert len(found[0]) == 1 + len(leaves)
    for by_row, plain in zip(*found, strict=True):
        torch.testing.assert_close(by_row, plain, atol=1e-5, rtol=1e-5)


def test_half_the_bits_score_nearly_the_same():
    torch.manual_seed(5)
    exact, coarse = (CoordinateDecoder(SIZE, N_LATENTS, (64, 64), precision) for precision in ("float32", "bfloat16"))
    coarse.load_state_dict(exact.state_dict())
    images, latents, pose = torch.rand(4, SIZE**2), torch.randn(4, N_LATENTS), random_pose(4)
    expected, found = (
        decoder.log_likelihood(LIKELIHOODS["bernoulli"](), images, latents, pose, None) for decoder in (exact, coarse)
    )
    assert found.dtype == torch.float32
    # 8 bits of mantissa through three layers; 8e-5 was measured.
    assert 0 < (found / expected - 1).abs().max() < 1e-3
