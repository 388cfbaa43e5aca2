"""Priors of the angle. Each file here is one, found by its name."""

from typing import Protocol

import pyro.distributions as dist
from torch import Tensor

from ssrvae.base.discovery import classes_by_name


class AnglePrior(Protocol):
    """What a model asks of the prior of the angle, the latent variable named "angle", and of its posterior.

    Values are [*batch, size]: what stands for an angle, as a direction in the plane may. Encoders give `n_parameters`
    numbers for the posterior.
    """

    name: str
    n_parameters: int

    def prior(self, like: Tensor) -> dist.TorchDistribution:
        """Build p(value), on the device of `like`."""
        ...

    def prior_near(self, known: Tensor) -> dist.TorchDistribution:
        """Build p(value) about known angles in radians: [*batch]."""
        ...

    def posterior(self, parameters: Tensor) -> dist.TorchDistribution:
        """Build q(value | encoding), of which samples have gradients; parameters: [*batch, n_parameters]."""
        ...

    def mean(self, parameters: Tensor) -> Tensor:
        """Read the posterior's mean value: [*batch, size]."""
        ...

    def to_radians(self, value: Tensor) -> Tensor:
        """Turn values [*batch, size] into angles, counter-clockwise: [*batch]."""
        ...


ANGLE_PRIORS = classes_by_name(__name__)
_PARTS = ("n_parameters", "prior", "prior_near", "posterior", "mean", "to_radians")


def build_angle_prior(prior: str | AnglePrior, scale: float) -> AnglePrior:
    """Build the prior of a name with a scale; one that is an object has its own. Raises InputError for a bad scale."""
    return ANGLE_PRIORS[prior](scale) if isinstance(prior, str) else prior


def is_angle_prior(value: object) -> bool:
    """Tell whether an object has all that `AnglePrior` asks for, as an object, not as a class."""
    is_angle = not isinstance(value, type) and getattr(value, "name", None) == "angle"
    return is_angle and all(hasattr(value, part) for part in _PARTS)
