"""The generative models as Pyro programs: VAE, rVAE, ss-VAE and ss-rVAE are one program with parts left out.

    y ~ Categorical(1/K)      the class, absent from vae and rvae
    z ~ Normal(0, I)          the style
    pose: angle, shift, scale; those among the invariances, each with its prior
    x_p ~ likelihood(decoder(z, y) at R(-angle) (g_p - shift) / scale)

Sources: Kingma et al. 2014, arXiv:1406.5298 (model M2); Bepler et al. 2019, arXiv:1909.11663 (turned pixel grid).
"""

from dataclasses import dataclass, field
from functools import reduce

import pyro
import pyro.distributions as dist
import torch
from pyro import poutine
from torch import Tensor, nn

from ssrvae.models.geometry import Pose
from ssrvae.models.networks import ConditionalEncoder, mlp
from ssrvae.models.vae.angle_priors import AnglePrior
from ssrvae.models.vae.decoders import Decoder
from ssrvae.models.vae.latents import NormalLatent

Latent = NormalLatent | AnglePrior


@dataclass
class KLWeights:
    """The factors on the Kullback-Leibler terms; training ramps them. Poses: angle, shift and scale."""

    style: float = 1.0
    angle: float = 1.0
    shift: float = 1.0
    scale: float = 1.0


@dataclass(frozen=True)
class Latents:
    """The continuous latent variables of a model; a pose variable that is None stays at its upright value."""

    style: NormalLatent
    angle: AnglePrior | None = None
    shift: NormalLatent | None = None
    scale: NormalLatent | None = None
    active: tuple[Latent, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = (self.style, self.angle, self.shift, self.scale)
        object.__setattr__(self, "active", tuple(latent for latent in found if latent is not None))

    def to_pose(self, values: dict[str, Tensor]) -> Pose | None:
        """Assemble the pose from the values of the latent variables, each [*batch, size]; None without any."""
        if self.active == (self.style,):
            return None
        style = values["style"]
        batch = style.shape[:-1]
        return Pose(
            self.angle.to_radians(values["angle"]) if self.angle else style.new_zeros(batch),
            values["shift"] if self.shift else style.new_zeros((*batch, 2)),
            values["scale"][..., 0].exp() if self.scale else style.new_ones(batch),
        )


class ImageModel(nn.Module):
    """Model and guide of square images, with or without classes, with or without pose.

    n_classes = 0 leaves the class out. Images are [n, pixels]; classes, when given, are one-hot and broadcast to
    [*batch, n, classes]: `torch.eye(K)[:, None]` scores every image under every class.
    """

    def __init__(
        self,
        n_pixels: int,
        n_classes: int,
        latents: Latents,
        decoder: Decoder,
        likelihood: nn.Module,
        hidden: tuple[int, ...] = (128, 128),
    ) -> None:
        super().__init__()
        self.n_pixels, self.n_classes, self.latents = n_pixels, n_classes, latents
        self.decoder, self.likelihood = decoder, likelihood
        n_parameters = sum(latent.n_parameters for latent in latents.active)
        self.encoder = ConditionalEncoder(n_pixels, n_classes, hidden, n_parameters)
        self.classifier: nn.Module | None = mlp(n_pixels, hidden, n_classes) if n_classes else None
        self.kl_weights = KLWeights()
        self.pixels: Tensor | None = None

    def model(self, images: Tensor, classes: Tensor | None = None, known: Pose | None = None) -> None:
        """The generative program p(x, y, z, pose); `pixels` restricts the likelihood, unbiased, to a subset.

        `known`: the angle and shift of each image [n], when known: their priors then are narrow about them.
        """
        with pyro.plate("images", images.shape[0], dim=-1):
            observed_class = self._sample_class(images.new_ones(max(self.n_classes, 1)), classes)
            values = {}
            for latent in self.latents.active:
                with poutine.scale(scale=getattr(self.kl_weights, latent.name)):
                    values[latent.name] = pyro.sample(latent.name, self._prior(latent, images, known))
            shown = images if self.pixels is None else images[:, self.pixels]
            with poutine.scale(scale=self.n_pixels / shown.shape[-1]):
                pyro.factor("image", self.log_likelihood(values, observed_class, shown))

    def guide(self, images: Tensor, classes: Tensor | None = None, known: Pose | None = None) -> None:
        """The amortised posterior q(y | x) q(z, pose | x, y); it does not look at a known pose."""
        with pyro.plate("images", images.shape[0], dim=-1):
            if self.classifier is not None and classes is None:
                classes = pyro.sample(
                    "class",
                    dist.OneHotCategorical(logits=self.classify(images), validate_args=False),
                    infer={"enumerate": "parallel"},
                )
            for latent, parameters in self.encode(images, classes):
                with poutine.scale(scale=getattr(self.kl_weights, latent.name)):
                    pyro.sample(latent.name, latent.posterior(parameters))

    def classify(self, images: Tensor) -> Tensor:
        """The logits of q(y | x): [n, classes] of images [n, pixels]; RuntimeError for a model without classes."""
        if self.classifier is None:
            raise RuntimeError("this model has no classes, so no classifier")
        return self.classifier(images)

    def encode(self, images: Tensor, classes: Tensor | None) -> list[tuple[Latent, Tensor]]:
        """Encode images [n, pixels] of classes [*batch, n or 1, K]: each latent, its parameters [*batch, n, .]."""
        encoded = self.encoder(images, classes)
        sizes = [latent.n_parameters for latent in self.latents.active]
        return list(zip(self.latents.active, encoded.split(sizes, dim=-1), strict=True))

    def decode(self, values: dict[str, Tensor], classes: Tensor | None) -> Tensor:
        """Draw logits [*batch, pixels] from latent values [*batch, size] and one-hot classes."""
        return self.decoder(self._decoded_from(values, classes), self.latents.to_pose(values))

    def log_likelihood(self, values: dict[str, Tensor], classes: Tensor | None, shown: Tensor) -> Tensor:
        """Score images [n, pixels], or their `pixels`, under latent values [*batch, n, size]: [*batch, n]."""
        latents, pose = self._decoded_from(values, classes), self.latents.to_pose(values)
        return self.decoder.log_likelihood(self.likelihood, shown, latents, pose, self.pixels)

    def _decoded_from(self, values: dict[str, Tensor], classes: Tensor | None) -> Tensor:
        style = values["style"]
        if classes is None:
            return style
        return torch.cat([style, classes.expand(*style.shape[:-1], self.n_classes)], dim=-1)

    def _prior(self, latent: Latent, images: Tensor, known: Pose | None) -> dist.TorchDistribution:
        if known is not None and latent is self.latents.angle:
            return latent.prior_near(known.angle_rad)
        if known is not None and latent is self.latents.shift:
            return latent.prior_near(known.shift)
        return latent.prior(images)

    def _sample_class(self, ones: Tensor, classes: Tensor | None) -> Tensor | None:
        if not self.n_classes:
            return None
        # A given class is one of shape [*batch, n or 1, K]: broadcast against the plate by Pyro.
        prior = dist.OneHotCategorical(probs=ones / self.n_classes, validate_args=False)
        return pyro.sample("class", prior, obs=classes)


def class_bounds(model: ImageModel, images: Tensor, classes: Tensor | None = None, known: Pose | None = None) -> Tensor:
    """Sample the evidence lower bound of log p(x, y) for given classes, or of log p(x) without classes.

    images: [n, pixels]; classes: one-hot [*batch, n or 1, K]; known: as in `ImageModel.model`. Returns [*batch, n]:
    one sample of log p(x, y, z, pose) - log q(z, pose | x, y), differentiable (reparametrised).
    """
    guide_trace = poutine.trace(model.guide).get_trace(images, classes, known)
    replayed = poutine.replay(model.model, trace=guide_trace)
    model_trace = poutine.trace(replayed).get_trace(images, classes, known)
    return _log_density(model_trace) - _log_density(guide_trace)


def _log_density(trace: poutine.Trace) -> Tensor:
    trace.compute_log_prob()
    sites = (site for site in trace.nodes.values() if site["type"] == "sample" and site["name"] != "images")
    return reduce(torch.add, (site["log_prob"] for site in sites))
