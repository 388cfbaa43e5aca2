"""Pixel likelihoods of the exponential family, natural parameter eta: log p(x | eta) = x eta - A(eta) + log h(x)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

DARKEST_LOGIT = 6.0


class BernoulliFamily(nn.Module):
    """x ~ Bernoulli(sigmoid(eta)); A = log(1 + e^eta), h = 1. For images in [0, 1], grey ones included.

    What is drawn are logits: eta itself.
    """

    def gain(self) -> Tensor | float:
        """eta over what is drawn."""
        return 1.0

    def log_partition(self, drawn: Tensor) -> Tensor:
        """A(eta), pixel by pixel."""
        return F.softplus(drawn)

    def mean(self, drawn: Tensor) -> Tensor:
        """The expected grey value."""
        return torch.sigmoid(drawn)

    def drawn_from(self, grey: Tensor) -> Tensor:
        """What draws an expected grey value; logits stay within +-6."""
        return torch.special.logit(grey, eps=1 / (1 + math.exp(DARKEST_LOGIT)))

    def start_from(self, images: Tensor, drawn: Tensor) -> None:
        """There is nothing to start."""

    def log_base(self, power: Tensor, n_pixels: int) -> Tensor:
        """log h summed over the pixels of images, given their sums of squares [*batch]: [*batch]."""
        return torch.zeros_like(power)


class NormalFamily(nn.Module):
    """x ~ Normal(mu, sd), one learned sd; eta = mu / sd^2, A = mu^2 / (2 sd^2). For noisy grey images.

    What is drawn are means mu.
    """

    def __init__(self, initial_sd: float = 0.3) -> None:
        super().__init__()
        self.log_sd = nn.Parameter(torch.tensor(math.log(initial_sd)))

    def gain(self) -> Tensor | float:
        """eta over what is drawn."""
        return (-2 * self.log_sd).exp()

    def log_partition(self, drawn: Tensor) -> Tensor:
        """A(eta), pixel by pixel."""
        return 0.5 * self.gain() * drawn.square()

    def mean(self, drawn: Tensor) -> Tensor:
        """The expected grey value."""
        return drawn

    def drawn_from(self, grey: Tensor) -> Tensor:
        """What draws an expected grey value."""
        return grey

    def start_from(self, images: Tensor, drawn: Tensor) -> None:
        """Set the standard deviation to that of images [n, pixels] about what is drawn for them [n, pixels]."""
        with torch.no_grad():
            self.log_sd.copy_((images - drawn).square().mean().sqrt().clamp_min(1e-2).log())

    def log_base(self, power: Tensor, n_pixels: int) -> Tensor:
        """log h = -x^2 / (2 sd^2) - log(sd sqrt(2 pi)) summed over the pixels; power: sums of x^2 [*batch]."""
        return -0.5 * self.gain() * power - n_pixels * (self.log_sd + 0.5 * math.log(2 * math.pi))


FAMILIES = {"bernoulli": BernoulliFamily, "normal": NormalFamily}
