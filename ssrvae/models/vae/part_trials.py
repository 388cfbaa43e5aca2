"""Trials of the parts that users may make, a decoder and a prior of the angle: on zeros, before a training begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from datagen.errors import InputError
from ssrvae.models.geometry import upright
from ssrvae.models.random_streams import random_stream
from ssrvae.models.vae.angle_priors import AnglePrior

BATCH = (3, 2)
"""Classes and images: whatever a model asks of its parts may be for every class of every image."""


def try_decoder(decoder: Any, likelihood: nn.Module, n_pixels: int, n_latents: int, device: torch.device) -> None:
    """Raise InputError unless a decoder draws and scores as `Decoder` says: upright and posed, all pixels and some."""
    latents = torch.zeros(*BATCH, n_latents, device=device)
    some = torch.tensor([0, n_pixels - 1], device=device)
    with _trial(f"decoder {type(decoder).__name__}", device), _as_it_was(decoder):
        for pose in (None, upright(BATCH, like=latents)):
            for pixels, n_shown in ((None, n_pixels), (some, len(some))):
                _check_shape("logits", decoder(latents, pose, pixels), (*BATCH, n_shown))
                shown = latents.new_zeros(BATCH[-1], n_shown)
                scores = decoder.log_likelihood(likelihood, shown, latents, pose, pixels)
                _check_shape("log_likelihood", scores, BATCH)


def try_angle_prior(prior: AnglePrior, device: torch.device) -> None:
    """Raise InputError unless a prior and its posterior give and score values as `AnglePrior` says."""
    with _trial(f"angle_prior {type(prior).__name__}", device):
        parameters = torch.zeros(*BATCH, prior.n_parameters, device=device)
        posterior, mean = prior.posterior(parameters), prior.mean(parameters)
        value = posterior.rsample()
        _check_shape("mean", mean, (*BATCH, *value.shape[-1:]))
        _check_shape("to_radians", prior.to_radians(value), BATCH)
        near = prior.prior_near(parameters.new_zeros(BATCH[-1]))
        for name, density in (("posterior", posterior), ("prior", prior.prior(parameters)), ("prior_near", near)):
            _check_shape(f"log_prob of {name}", density.log_prob(value), BATCH)


@contextmanager
def _trial(what: str, device: torch.device) -> Iterator[None]:
    """Tell in one line what fails, whatever a user's own code raises; random numbers are as if nothing was tried."""
    try:
        with random_stream(device), torch.no_grad():
            yield
    except Exception as error:
        reason = " ".join(str(error).split())
        told = reason if isinstance(error, InputError) else f"{type(error).__name__}, {reason}"
        raise InputError(f"{what} does not do what a model asks of it: {told}") from error


@contextmanager
def _as_it_was(network: nn.Module) -> Iterator[None]:
    """Put back what running a network changes in it, as the means that batch normalisation keeps."""
    state = {name: value.clone() for name, value in network.state_dict().items()}
    yield
    network.load_state_dict(state)


def _check_shape(name: str, found: Any, shape: tuple[int, ...]) -> None:
    if not isinstance(found, Tensor) or found.shape != shape:
        got = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise InputError(f"{name} must be a tensor of shape {shape}, got {got}")
