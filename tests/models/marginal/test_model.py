"""The Pyro program against sums written out by hand, in float64."""

import math

import numpy as np
import pytest
import torch
from pyro.infer import TraceEnum_ELBO
from scipy.linalg import expm
from scipy.special import logsumexp
from scipy.stats import norm

from ssrvae.models.marginal.deformed_templates import symmetric_exponential
from ssrvae.models.marginal.families import FAMILIES
from ssrvae.models.marginal.model import MarginalPoseModel, Observed, log_evidence
from ssrvae.models.marginal.objectives import bound_loss, dream_loss

SIZE, N_CLASSES, N_IMAGES, N_SHIFTS = 8, 3, 4, 2


@pytest.fixture(params=["bernoulli", "normal"])
def model(request) -> MarginalPoseModel:
    torch.manual_seed(0)
    model = MarginalPoseModel(SIZE, N_CLASSES, 2, 0.2, FAMILIES[request.param](), (5,)).double()
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def observed(model: MarginalPoseModel) -> Observed:
    n_functions = len(model.decoder.functions)
    projections = torch.randn(N_IMAGES, N_SHIFTS, n_functions, dtype=torch.float64)
    upright = torch.randn(N_IMAGES, n_functions, dtype=torch.float64)
    return Observed(projections, upright, *torch.rand(2, N_IMAGES, dtype=torch.float64))


CLASSES = torch.eye(N_CLASSES, dtype=torch.float64)[[0, 1, 2, 0]]


def test_the_enumerated_bound_is_the_explicit_sum_over_poses(model):
    images = observed(model)
    parameters = model.encode(images.upright, CLASSES).detach()
    torch.manual_seed(7)
    loss = TraceEnum_ELBO(max_plate_nesting=1).loss(model.model, model.guide, images, CLASSES)
    torch.manual_seed(7)
    posterior = model.style.posterior(parameters)
    style = posterior.rsample()
    with torch.no_grad():
        scores = model.pose_scores(model.draw(style, CLASSES), images.projections, images.mass)
    summed = logsumexp(scores.numpy().reshape(N_IMAGES, -1), axis=1) - math.log(scores[0].numel())
    base = model.log_base(images.power).detach().numpy()
    prior = norm.logpdf(style.numpy()).sum(1) - math.log(N_CLASSES)
    q = norm.logpdf(style.numpy(), posterior.base_dist.loc.numpy(), posterior.base_dist.scale.numpy()).sum(1)
    assert loss == pytest.approx(-(summed + base + prior - q).sum(), rel=1e-10)
    np.testing.assert_allclose(log_evidence(scores).numpy(), summed, rtol=1e-12)


def test_gradients_of_the_evidence_are_those_of_finite_differences(model):
    images = observed(model)
    style = torch.randn(N_IMAGES, 2, dtype=torch.float64, requires_grad=True)

    def evidence(style: torch.Tensor, templates: torch.Tensor, generators: torch.Tensor) -> torch.Tensor:
        replaced = {"decoder.templates": templates, "decoder.generators": generators}
        return torch.func.functional_call(ScoreOf(model), {f"of.{k}": v for k, v in replaced.items()}, (style, images))

    inputs = [model.decoder.templates.detach().clone(), model.decoder.generators.detach().clone()]
    assert torch.autograd.gradcheck(evidence, (style, *(value.requires_grad_() for value in inputs)))


class ScoreOf(torch.nn.Module):
    """A model's log-evidence as a forward pass."""

    def __init__(self, of: MarginalPoseModel) -> None:
        super().__init__()
        self.of = of

    def forward(self, style: torch.Tensor, images: Observed) -> torch.Tensor:
        drawn = self.of.draw(style, CLASSES)
        return log_evidence(self.of.pose_scores(drawn, images.projections, images.mass))


def test_the_evidence_of_one_pose_is_its_score():
    assert log_evidence(torch.tensor([[[2.5]]])).item() == 2.5


def test_losses_reach_every_parameter_they_teach(model):
    bound_loss(model, observed(model), CLASSES).backward()
    taught = {name for name, value in model.named_parameters() if value.grad is not None and value.grad.abs().sum() > 0}
    assert {"decoder.templates", "decoder.generators", "decoder.background", "encoder.from_image.weight"} <= taught
    model.zero_grad()
    model.float()
    dream_loss(model, 6, 0.5).backward()
    dreamt = {name for name, value in model.named_parameters() if value.grad is not None}
    assert dreamt
    assert all(name.startswith("encoder.") for name in dreamt)


def test_the_deformation_is_the_matrix_exponential():
    parts = torch.randn(20, 3, dtype=torch.float64)
    parts[0] = 0
    for (s, d, o), found in zip(parts.numpy(), symmetric_exponential(parts).numpy(), strict=True):
        np.testing.assert_allclose(found, expm(np.array([[s + d, o], [o, s - d]])), rtol=1e-9, atol=1e-9)


def test_without_style_the_templates_are_drawn_as_given():
    torch.manual_seed(0)
    model = MarginalPoseModel(24, 2, 3, 0.0, FAMILIES["bernoulli"](), (5,))
    coefficients = torch.randn(2, len(model.decoder.functions))
    smooth = coefficients @ model.decoder.functions
    model.decoder.start_from(smooth, 0.0)
    with torch.no_grad():
        drawn = model.decoder.draw(model.draw(torch.zeros(2, 3), torch.eye(2)).coefficients)
    torch.testing.assert_close(drawn, smooth, atol=1e-3, rtol=1e-3)
