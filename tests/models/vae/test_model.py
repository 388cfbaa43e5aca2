"""The Pyro programs against sums and integrals written out by hand."""

import math

import numpy as np
import pyro
import pytest
import torch
from pyro import poutine
from scipy.special import logsumexp
from scipy.stats import norm

from ssrvae.models.geometry import Pose, scattered_pixels
from ssrvae.models.networks import ConditionalEncoder
from ssrvae.models.vae.angle_priors.normal import NormalAngle
from ssrvae.models.vae.angle_priors.projected_normal import ProjectedNormalAngle
from ssrvae.models.vae.decoders.coordinate import CoordinateDecoder
from ssrvae.models.vae.decoders.warped import WarpedDecoder
from ssrvae.models.vae.latents import NormalLatent
from ssrvae.models.vae.likelihoods import BernoulliLikelihood, NormalLikelihood
from ssrvae.models.vae.model import ImageModel, KLWeights, Latents, class_bounds
from ssrvae.models.vae.objectives import labelled_loss, marginal_loss, posterior_loss

N_CLASSES, SIZE = 3, 4
EVERY_CLASS = torch.eye(N_CLASSES)[:, None]


def tiny_model(pose: bool = False, likelihood: torch.nn.Module | None = None) -> ImageModel:
    torch.manual_seed(0)
    latents = Latents(
        NormalLatent("style", 1),
        ProjectedNormalAngle() if pose else None,
        NormalLatent("shift", 2, 0.2) if pose else None,
        NormalLatent("scale", 1, 0.1) if pose else None,
    )
    decoder = CoordinateDecoder(SIZE, 1 + N_CLASSES, (5, 4))
    return ImageModel(SIZE * SIZE, N_CLASSES, latents, decoder, likelihood or BernoulliLikelihood(), (6, 5))


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(4, SIZE * SIZE, generator=torch.Generator().manual_seed(5))


def log_joint(model: ImageModel, image: np.ndarray, label: int, style: float) -> float:
    """log p(x, y, z) of the model without pose, pixel by pixel in float64."""
    weights = {name: value.detach().double().numpy() for name, value in model.decoder.named_parameters()}
    latents = np.concatenate([[style], np.eye(N_CLASSES)[label]])
    total = norm.logpdf(style) - math.log(N_CLASSES)
    for pixel in range(SIZE * SIZE):
        row, column = divmod(pixel, SIZE)
        point = [(column - 1.5) / 2, -(row - 1.5) / 2]
        hidden = np.tanh(
            weights["from_grid.weight"] @ point + weights["from_grid.bias"] + weights["from_latents.weight"] @ latents
        )
        for layer in ("rest.0", "rest.2"):
            hidden = np.tanh(weights[f"{layer}.weight"] @ hidden + weights[f"{layer}.bias"])
        logit = (weights["rest.4.weight"] @ hidden + weights["rest.4.bias"])[0]
        total += image[pixel] * logit - np.logaddexp(0, logit)
    return total


def integrated_bound(model: ImageModel, image: torch.Tensor, label: int) -> float:
    """E_q[log p(x, y, z) - log q(z | x, y)] by Gauss-Hermite quadrature over the one style variable."""
    (_, parameters), *_ = model.encode(image[None], torch.eye(N_CLASSES)[label][None])
    posterior = model.latents.style.posterior(parameters.detach().double()).base_dist
    mean, sd = posterior.loc.item(), posterior.scale.item()
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    styles = mean + sd * nodes
    values = [log_joint(model, image.double().numpy(), label, z) - norm.logpdf(z, mean, sd) for z in styles]
    return float(np.dot(weights, values) / math.sqrt(2 * math.pi))


def test_class_bounds_average_to_the_integral_over_style(images):
    """Mean of 1,500 samples within 5 standard errors: fails by chance with probability below 1e-5 at a fresh seed."""
    model = tiny_model()
    with torch.no_grad():
        sampled = torch.stack([class_bounds(model, images, EVERY_CLASS) for _ in range(1500)])
    standard_error = sampled.std(0) / math.sqrt(len(sampled))
    for label in range(N_CLASSES):
        for image in range(len(images)):
            expected = integrated_bound(model, images[image], label)
            assert abs(sampled[:, label, image].mean() - expected) < 5 * standard_error[label, image] + 1e-4


def test_the_enumerated_bound_equals_the_sum_over_classes(images):
    """The bound of M2, sum_y q(y) (bound_y - log q(y)), with the class sum written out and the style integrated."""
    model = tiny_model()
    sampled = torch.stack([marginal_loss(model, images).detach() for _ in range(1000)])
    with torch.no_grad():
        log_q = model.classifier(images).log_softmax(-1).double().numpy()
    bounds = np.array([[integrated_bound(model, image, label) for label in range(N_CLASSES)] for image in images])
    expected = -(np.exp(log_q) * (bounds - log_q)).sum(1).mean()
    assert abs(sampled.mean() - expected) < 5 * sampled.std() / math.sqrt(len(sampled)) + 1e-4


def test_enumeration_sees_the_same_bounds_as_given_classes(images):
    model = tiny_model(pose=True)
    torch.manual_seed(7)
    enumerated = marginal_loss(model, images).detach()
    torch.manual_seed(7)
    with torch.no_grad():
        bounds = class_bounds(model, images, EVERY_CLASS)
        log_q = model.classifier(images).log_softmax(-1).T
    torch.testing.assert_close(enumerated, -(log_q.exp() * (bounds - log_q)).sum(0).mean())


def test_a_certain_classifier_makes_the_enumerated_bound_the_labelled_one(images):
    model = tiny_model(pose=True)
    with torch.no_grad():
        model.classifier[-1].weight.zero_()
        model.classifier[-1].bias.copy_(torch.tensor([-200.0, 200.0, -200.0]))
    torch.manual_seed(7)
    enumerated = marginal_loss(model, images).detach()
    torch.manual_seed(7)
    with torch.no_grad():
        bounds = class_bounds(model, images, EVERY_CLASS)
    torch.testing.assert_close(enumerated, -bounds[1].mean())


def test_the_posterior_loss_has_the_gradient_of_the_marginal_likelihood_bound(images):
    model = tiny_model(pose=True)
    torch.manual_seed(7)
    loss, bound = posterior_loss(model, images, temperature=1.0, weight=0.0)
    loss.backward()
    gradients = [p.grad.clone() for p in model.decoder.parameters()]
    model.zero_grad()
    torch.manual_seed(7)
    direct = -class_bounds(model, images, EVERY_CLASS).logsumexp(0).mean()
    direct.backward()
    torch.testing.assert_close(bound, -direct.detach())
    for found, expected in zip(gradients, (p.grad for p in model.decoder.parameters()), strict=True):
        torch.testing.assert_close(found, expected)


def test_the_posterior_bound_is_at_least_as_tight_as_the_enumerated_one(images):
    model = tiny_model(pose=True)
    torch.manual_seed(7)
    _, bound = posterior_loss(model, images, temperature=1.0, weight=1.0)
    torch.manual_seed(7)
    assert bound >= -marginal_loss(model, images)


def test_importance_weighting_many_samples_approaches_the_evidence(images):
    """log p(x) by quadrature lies above the mean bound, and the log mean exp of the bounds' samples approaches it.

    The posterior is made as wide as the prior: from a narrow one no number of samples reaches the tails.
    """
    model = tiny_model()
    image = images[:1]
    with torch.no_grad():
        model.encoder.rest[-1].bias[1] += 1
        sampled = torch.stack([class_bounds(model, image, EVERY_CLASS) for _ in range(1500)])[..., 0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(30)
    joint = [[log_joint(model, image[0].double().numpy(), k, z) - norm.logpdf(z) for z in nodes] for k in range(3)]
    evidence = logsumexp(joint, b=weights / math.sqrt(2 * math.pi))
    estimate = logsumexp(sampled.double().numpy()) - math.log(len(sampled))
    assert sampled.mean(0).logsumexp(0) <= evidence + 1e-3
    assert estimate == pytest.approx(evidence, abs=0.02)


def test_the_likelihood_of_pixel_subsets_averages_to_that_of_all_pixels(images):
    model = tiny_model(pose=True)
    with torch.no_grad():
        torch.manual_seed(7)
        complete = class_bounds(model, images, EVERY_CLASS)
        parts = []
        for pixel in range(SIZE * SIZE):
            model.pixels = torch.tensor([pixel])
            torch.manual_seed(7)
            parts.append(class_bounds(model, images, EVERY_CLASS))
    torch.testing.assert_close(torch.stack(parts).mean(0), complete)


def test_the_gradient_of_random_pixel_subsets_averages_to_that_of_all_pixels(images):
    """Mean over 600 subsets of 4 of 16 pixels within 5 standard errors, parameter by parameter.

    At a fresh seed one of the 300 fails by chance with probability below 2e-4.
    """
    model = tiny_model(pose=True)

    def gradient(pixels: torch.Tensor | None) -> torch.Tensor:
        model.pixels = pixels
        torch.manual_seed(7)
        found = torch.autograd.grad(class_bounds(model, images, EVERY_CLASS).mean(), tuple(model.decoder.parameters()))
        return torch.cat([part.flatten() for part in found])

    complete = gradient(None)
    subsets = torch.stack([scattered_pixels(SIZE, 4) for _ in range(600)])
    sampled = torch.stack([gradient(subset) for subset in subsets])
    standard_error = sampled.std(0) / math.sqrt(len(sampled))
    assert (sampled.mean(0) - complete).abs().le(5 * standard_error + 1e-6).all()
    assert standard_error.max() > 1e-4


def test_each_kl_weight_scales_its_own_term_only(images):
    model = tiny_model(pose=True)

    def bound_with(**weights: float) -> torch.Tensor:
        model.kl_weights = KLWeights(**weights)
        torch.manual_seed(7)
        return class_bounds(model, images, EVERY_CLASS).detach()

    plain = bound_with()
    changes = [bound_with(**{name: 2.0}) - plain for name in ("style", "angle", "shift", "scale")]
    torch.testing.assert_close(bound_with(style=2.0, angle=2.0, shift=2.0, scale=2.0) - plain, sum(changes))
    assert all(change.abs().max() > 1e-3 for change in changes)


@pytest.mark.parametrize("angle", [ProjectedNormalAngle(), NormalAngle(1.0)], ids=["projected", "normal"])
def test_a_known_pose_changes_the_prior_of_angle_and_shift_and_nothing_else(images, angle):
    model = tiny_model(pose=True)
    model.latents = Latents(model.latents.style, angle, model.latents.shift, model.latents.scale)
    model.encoder = ConditionalEncoder(SIZE**2, N_CLASSES, (6, 5), sum(x.n_parameters for x in model.latents.active))
    classes = torch.eye(N_CLASSES)[[0, 2, 1, 0]]
    known = Pose(torch.linspace(-2, 2, 4), torch.linspace(-0.1, 0.1, 8).reshape(4, 2), torch.ones(4))
    torch.manual_seed(3)
    guided = poutine.trace(model.guide).get_trace(images, classes, known)
    values = {name: guided.nodes[name]["value"] for name in ("angle", "shift")}
    torch.manual_seed(3)
    near = class_bounds(model, images, classes, known)
    torch.manual_seed(3)
    anywhere = class_bounds(model, images, classes)
    shift = norm.logpdf(values["shift"].detach(), known.shift, 0.1 * 0.2) - norm.logpdf(
        values["shift"].detach(), 0, 0.2
    )
    off = angle.to_radians(values["angle"]).detach() - known.angle_rad
    if isinstance(angle, NormalAngle):
        turn = norm.logpdf(off, 0, 0.1) - norm.logpdf(values["angle"][:, 0].detach(), 0, 1)
    else:
        rays = torch.linspace(0, 30, 300_001, dtype=torch.float64)  # the plane's Normal, along the ray of the angle
        density = [
            torch.trapezoid(rays * torch.exp(-0.5 * (rays**2 - 20 * rays * math.cos(o) + 100)), rays) for o in off
        ]
        turn = np.log(torch.stack(density).numpy())  # over the uniform prior: the factors 2 pi cancel
    np.testing.assert_allclose((near - anywhere).detach(), turn + shift.sum(-1), rtol=1e-4, atol=1e-3)


def test_the_normal_likelihood_is_a_sum_of_normal_densities(images):
    likelihood = NormalLikelihood(initial_sd=0.4)
    logits = torch.randn(4, SIZE * SIZE)
    expected = norm.logpdf(images.numpy(), torch.sigmoid(logits).numpy(), 0.4).sum(1)
    np.testing.assert_allclose(likelihood(logits).log_prob(images).detach(), expected, rtol=1e-5)


def test_the_bernoulli_likelihood_scores_grey_values():
    logits = torch.tensor([[0.3, -2.0]])
    p = torch.sigmoid(logits).double().numpy()[0]
    grey = np.array([0.25, 0.5])
    expected = (grey * np.log(p) + (1 - grey) * np.log1p(-p)).sum()
    assert BernoulliLikelihood()(logits).log_prob(torch.tensor(grey)[None]).item() == pytest.approx(expected, rel=1e-5)


def test_a_model_without_classes_or_pose_is_a_plain_vae(images):
    latents = Latents(NormalLatent("style", 2), NormalAngle())
    model = ImageModel(16, 0, latents, WarpedDecoder(4, 2, (5,)), BernoulliLikelihood(), (6,))
    trace = pyro.poutine.trace(model.guide).get_trace(images)
    assert {name for name, node in trace.nodes.items() if node["type"] == "sample"} == {"images", "style", "angle"}
    assert class_bounds(model, images).shape == (4,)


def test_training_leaves_pyros_parameter_store_alone(images):
    pyro.clear_param_store()
    labelled_loss(tiny_model(), images, torch.eye(N_CLASSES)[[0, 1, 2, 0]]).backward()
    assert len(pyro.get_param_store()) == 0
