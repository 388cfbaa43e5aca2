"""Continuous latent variables that are Normal: style, shift, scale, each with its prior and its amortised posterior."""

import pyro.distributions as dist
import torch
import torch.nn.functional as F
from torch import Tensor

SMALLEST_SD = 1e-3
KNOWN_SD = 0.1
"""How far a pose that is known may be off: radians for an angle, a share of the prior's deviation for a shift."""


class NormalLatent:
    """A vector with a zero-mean Normal prior and a diagonal Normal posterior.

    Encoders give 2 * size numbers: means, and standard deviations through a softplus, both in units of the prior's.
    """

    def __init__(self, name: str, size: int, prior_sd: float = 1.0) -> None:
        self.name, self.size, self.prior_sd = name, size, prior_sd
        self.n_parameters = 2 * size

    def prior(self, like: Tensor) -> dist.TorchDistribution:
        """Build p(value), on the device of `like`."""
        return normal(like.new_zeros(self.size), like.new_full((self.size,), self.prior_sd))

    def prior_near(self, known: Tensor) -> dist.TorchDistribution:
        """Build p(value) of values known up to KNOWN_SD times the prior's deviation: [*batch, size]."""
        return normal(known, torch.full_like(known, KNOWN_SD * self.prior_sd))

    def posterior(self, parameters: Tensor) -> dist.TorchDistribution:
        """Build q(value | encoding); parameters: [*batch, n_parameters]."""
        mean, spread = parameters.chunk(2, dim=-1)
        return normal(self.prior_sd * mean, self.prior_sd * F.softplus(spread) + SMALLEST_SD)

    def mean(self, parameters: Tensor) -> Tensor:
        """Read the posterior's mean: [*batch, size]."""
        return self.prior_sd * parameters[..., : self.size]


def normal(mean: Tensor, sd: Tensor) -> dist.TorchDistribution:
    """Build a Normal of independent components [*batch, size]."""
    return dist.Normal(mean, sd, validate_args=False).to_event(1)
