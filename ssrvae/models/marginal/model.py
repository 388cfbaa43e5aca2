"""The Pyro program, with the pose a discrete latent variable that Pyro sums out over the shifts that it is given.

    y ~ Categorical(1/K)                   the class
    z ~ Normal(0, I)                       the style
    pose ~ Categorical(1/(shifts angles))  on the grid, enumerated in the model
    x ~ family(eta(z, y) turned by the angle and moved by the shift)

The image enters as a factor, its log-likelihood at every pose being a product of a few small matrices (`scores`).
The style's posterior is read from the image turned upright: what labels teach on upright objects holds at every angle.
"""

from typing import NamedTuple

import pyro
import pyro.distributions as dist
import torch
from pyro.ops.indexing import Vindex
from torch import Tensor, nn

from ssrvae.models.basis import fourier_bessel
from ssrvae.models.marginal.deformed_templates import DeformedTemplates
from ssrvae.models.marginal.families import BernoulliFamily, NormalFamily
from ssrvae.models.marginal.pose_grid import PoseGrid, pose_grid, resolution_for
from ssrvae.models.marginal.pose_scores import Phases
from ssrvae.models.networks import ConditionalEncoder
from ssrvae.models.vae.latents import NormalLatent


class Observed(NamedTuple):
    """What the model sees of n images.

    projections: [n, shifts, 2 * basis] on the basis moved to the shifts considered; upright: [*batch, n, 2 * basis],
    those of the object at rest, from which its style is read; mass, power: [n], the sums of the pixels and of their
    squares.
    """

    projections: Tensor
    upright: Tensor
    mass: Tensor
    power: Tensor


class Drawn(NamedTuple):
    """Upright objects: coefficients [*batch, 2 * basis], and the sum of A over the pixels [*batch]."""

    coefficients: Tensor
    log_partition: Tensor


class MarginalPoseModel(nn.Module):
    """Model and guide of square images of a side, in K classes; `max_shift` is in half sides."""

    input_scale: Tensor

    def __init__(
        self,
        size: int,
        n_classes: int,
        n_style: int,
        max_shift: float,
        family: BernoulliFamily | NormalFamily,
        hidden: tuple[int, ...] = (128, 128),
    ) -> None:
        super().__init__()
        self.size, self.n_classes, self.n_style, self.family = size, n_classes, n_style, family
        self.resolution = resolution_for(size)
        self.grid: PoseGrid = pose_grid(self.resolution, max_shift)
        self.style = NormalLatent("style", n_style)
        self.phases = Phases(fourier_bessel(size, *self.resolution).orders, self.grid.angles_rad)
        self.decoder = DeformedTemplates(size, n_classes, n_style, self.resolution, hidden)
        n_functions = len(self.decoder.functions)
        self.encoder = ConditionalEncoder(n_functions, n_classes, hidden, self.style.n_parameters)
        self.register_buffer("input_scale", torch.ones(n_functions))

    def model(self, observed: Observed, classes: Tensor | None = None) -> None:
        """The generative program p(x, y, z, pose); classes: one-hot [*batch, n or 1, K]."""
        with pyro.plate("images", len(observed.mass), dim=-1):
            uniform = observed.mass.new_ones(self.n_classes) / self.n_classes
            given = pyro.sample("class", dist.OneHotCategorical(uniform, validate_args=False), obs=classes)
            style = pyro.sample("style", self.style.prior(observed.mass))
            scores = self.pose_scores(self.draw(style, given), observed.projections, observed.mass).flatten(-2)
            pose = pyro.sample("pose", self._pose_prior(scores), infer={"enumerate": "parallel"})
            pyro.factor("image", Vindex(scores)[..., pose] + self.log_base(observed.power))

    def guide(self, observed: Observed, classes: Tensor) -> None:
        """The amortised posterior q(z | x, y) of the style; the pose has none, being summed out in the model."""
        with pyro.plate("images", len(observed.mass), dim=-1):
            pyro.sample("style", self.style.posterior(self.encode(observed.upright, classes)))

    def encode(self, upright: Tensor, classes: Tensor) -> Tensor:
        """Read the style's posterior parameters [*batch, 2 * n_style] from projections of upright objects."""
        return self.encoder(upright / self.input_scale, classes)

    def draw(self, style: Tensor, classes: Tensor) -> Drawn:
        """Draw upright objects of style [*batch, n_style] and one-hot classes [*batch or 1s, K]."""
        coefficients = self.decoder(style, classes.expand(*style.shape[:-1], self.n_classes))
        on_disc = self.decoder.sum_disc(self.family.log_partition(self.decoder.draw_on_disc(coefficients)))
        return Drawn(
            coefficients, on_disc + self.decoder.rim.sum() * self.family.log_partition(self.decoder.background)
        )

    def pose_scores(self, drawn: Drawn, projections: Tensor, mass: Tensor) -> Tensor:
        """log p(x | y, z, pose) - log h(x): objects [*batch, n], projections [*batch or 1s, n, shifts, 2 * basis].

        Returns [*batch, n, shifts, angles].
        """
        correlations = self.phases.correlations(drawn.coefficients[..., None, :], projections)
        background = self.decoder.background * mass - drawn.log_partition / self.family.gain()
        return self.family.gain() * (correlations + background[..., None, None])

    def log_base(self, power: Tensor) -> Tensor:
        """log h(x) of images, given the sums of their squared pixels [n]: [n]."""
        return self.family.log_base(power, self.size**2)

    def _pose_prior(self, scores: Tensor) -> dist.TorchDistribution:
        return dist.Categorical(probs=torch.ones_like(scores[(0,) * (scores.dim() - 1)]), validate_args=False)


def log_evidence(scores: Tensor) -> Tensor:
    """Sum the pose out by hand, under its uniform prior: scores [*batch, shifts, angles] to [*batch].

    Pyro's `TraceEnum_ELBO` gives the same (tests/models/marginal/test_model.py).
    """
    n_poses = scores.shape[-1] * scores.shape[-2]
    return scores.flatten(-2).logsumexp(-1) - torch.log(scores.new_tensor(float(n_poses)))
