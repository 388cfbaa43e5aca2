"""Pixel likelihoods: how an image scatters about what the decoder draws."""

import math

import pyro.distributions as dist
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BernoulliLikelihood(nn.Module):
    """x_p ~ Bernoulli(sigmoid(logit_p)); for images in [0, 1], grey ones included, as in the paper."""

    def forward(self, logits: Tensor) -> dist.TorchDistribution:
        """logits: [*batch, pixels]. Returns a distribution over images of shape [*batch]."""
        return _GreyBernoulli(logits=logits, validate_args=False).to_event(1)


class NormalLikelihood(nn.Module):
    """x_p ~ Normal(sigmoid(logit_p), sd), one learned sd; for grey images with noise."""

    def __init__(self, initial_sd: float = 0.3) -> None:
        super().__init__()
        self.log_sd = nn.Parameter(torch.tensor(math.log(initial_sd)))

    def forward(self, logits: Tensor) -> dist.TorchDistribution:
        """logits: [*batch, pixels]. Returns a distribution over images of shape [*batch]."""
        return dist.Normal(torch.sigmoid(logits), self.log_sd.exp(), validate_args=False).to_event(1)


class _GreyBernoulli(dist.Bernoulli):
    """A Bernoulli that scores values between 0 and 1 too, and does not copy the value once a class."""

    def log_prob(self, value: Tensor) -> Tensor:
        return value * self.logits - F.softplus(self.logits)


LIKELIHOODS = {"bernoulli": BernoulliLikelihood, "normal": NormalLikelihood}
