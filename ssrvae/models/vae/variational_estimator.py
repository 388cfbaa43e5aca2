"""What the variational autoencoders share: parameters, building, training, and reading latent variables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from datagen.errors import InputError
from ssrvae.models.drawing_requests import check_pose
from ssrvae.models.geometry import HALF_SIDES, Pose, PoseEstimate, scattered_pixels, upright
from ssrvae.models.image_estimator import DEVICES, ImageEstimator, OnEpoch
from ssrvae.models.parameters import (
    POSITIVE,
    RANDOM_STATE,
    VERBOSITY,
    WIDTHS,
    Rule,
    named_or_made,
    number,
    one_of,
    optional,
    several_of,
    whole,
)
from ssrvae.models.vae.angle_priors import ANGLE_PRIORS, AnglePrior, build_angle_prior, is_angle_prior
from ssrvae.models.vae.checkpoint import Checkpoint
from ssrvae.models.vae.decoders import DECODERS, MakeDecoder, build_decoder, is_maker
from ssrvae.models.vae.latents import NormalLatent
from ssrvae.models.vae.likelihoods import LIKELIHOODS
from ssrvae.models.vae.model import ImageModel, Latents
from ssrvae.models.vae.part_trials import try_angle_prior, try_decoder
from ssrvae.models.vae.schedule import SCHEDULES, Schedule
from ssrvae.models.vae.training import BatchLoss, train

INVARIANCES = ("rotation", "translation", "scale")


@dataclass(kw_only=True, eq=False, repr=False)
class VariationalEstimator(ImageEstimator):
    """Base of the variational autoencoders; the parameters are described in `estimators.VAE`."""

    model_: ImageModel = field(init=False)

    invariances: Sequence[str] = ()
    n_style: int = 2
    hidden: Sequence[int] = (128, 128)
    decoder: str | MakeDecoder = "warped"
    decoder_precision: str = "float32"
    likelihood: str = "bernoulli"
    angle_prior: str | AnglePrior = "projected_normal"
    angle_prior_scale: float = 0.0
    shift_prior_sd: float = 0.1
    scale_prior_sd: float = 0.1
    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 1.5e-3
    learning_rate_schedule: str = "one_cycle"
    gradient_clip: float = 100.0
    kl_weight: float = 1.0
    kl_weight_start: float | None = None
    kl_ramp_epochs: int = 0
    angle_kl_weight: float = 1.0
    likelihood_pixels: int | float | None = None
    patience: int | None = None
    device: str = "cpu"
    verbose: int = 0
    random_state: Any = None

    rules: ClassVar[dict[str, Rule]] = {
        "invariances": several_of(INVARIANCES),
        "n_style": whole(1),
        "hidden": WIDTHS,
        "decoder": named_or_made(DECODERS, "a callable (size, n_latents, hidden) that makes one", is_maker),
        "decoder_precision": Rule("a text", lambda value: isinstance(value, str)),
        "likelihood": one_of(LIKELIHOODS),
        "angle_prior": named_or_made(ANGLE_PRIORS, "an object with the methods of AnglePrior", is_angle_prior),
        "angle_prior_scale": number("that the prior allows", lambda value: True),
        "shift_prior_sd": POSITIVE,
        "scale_prior_sd": POSITIVE,
        "epochs": whole(1),
        "batch_size": whole(1),
        "learning_rate": POSITIVE,
        "learning_rate_schedule": one_of(SCHEDULES),
        "gradient_clip": POSITIVE,
        "kl_weight": POSITIVE,
        "kl_weight_start": optional(POSITIVE),
        "kl_ramp_epochs": whole(0),
        "angle_kl_weight": POSITIVE,
        "patience": optional(whole(1)),
        "device": one_of(DEVICES),
        "verbose": VERBOSITY,
        "random_state": RANDOM_STATE,
    }

    def transform(self, X: Any) -> np.ndarray:
        """Read the style variables of images: posterior means [n, n_style]."""
        return self._latent_means(self._check_fitted_images(X))["style"].cpu().numpy()

    def pose(self, X: Any) -> PoseEstimate:
        """Read the pose of images: posterior means; what the model keeps fixed stays upright, centred, at scale 1."""
        means = self._latent_means(self._check_fitted_images(X))
        pose = self.model_.latents.to_pose(means) or upright(means["style"].shape[:1], like=means["style"])
        return PoseEstimate(*(np.asarray(part.cpu()) for part in pose._replace(shift=pose.shift / HALF_SIDES)))

    def reconstruct(self, X: Any) -> np.ndarray:
        """Encode images and draw them again: [n, side, side] in [0, 1]."""
        images = self._check_fitted_images(X)
        with torch.no_grad():
            return self._draw(self._latent_means(images), self._predicted_one_hot(images))

    def _decode(self, style: np.ndarray, one_hot: Tensor | None, pose: PoseEstimate | None) -> np.ndarray:
        latents, placed = self._on_device(style), None
        if pose is not None:
            angle_rad, shift, scale = (self._on_device(part) for part in check_pose(pose, len(style)))
            placed = Pose(angle_rad, shift * HALF_SIDES, scale)
        with torch.no_grad():
            latents = latents if one_hot is None else torch.cat([latents, one_hot], dim=-1)
            return self._as_images(self.model_.decoder(latents, placed))

    def _sample(self, n_images: int, one_hot: Tensor | None) -> np.ndarray:
        with self._random_numbers(), torch.no_grad():
            like = torch.zeros(1, device=self._device())
            active = self.model_.latents.active
            values = {latent.name: latent.prior(like).sample((n_images,)) for latent in active}
            return self._draw(values, one_hot)

    def build_networks(self, n_pixels: int, n_classes: int) -> dict[str, nn.Module]:
        """Build the model, not yet fitted, of images of so many pixels in so many classes (0: without classes)."""
        self._n_likelihood_pixels(n_pixels)
        hidden, size = tuple(self.hidden), math.isqrt(n_pixels)
        decoder = build_decoder(self.decoder, size, self.n_style + n_classes, hidden, self.decoder_precision)
        likelihood = LIKELIHOODS[self.likelihood]()
        model = ImageModel(n_pixels, n_classes, self._latents(), decoder, likelihood, hidden).to(self._device())
        try_decoder(model.decoder, model.likelihood, n_pixels, self.n_style + n_classes, self._device())
        if model.latents.angle is not None:
            try_angle_prior(model.latents.angle, self._device())
        return {"model_": model}

    def _latents(self) -> Latents:
        angle = build_angle_prior(self.angle_prior, self.angle_prior_scale)
        return Latents(
            NormalLatent("style", self.n_style),
            angle if "rotation" in self.invariances else None,
            NormalLatent("shift", 2, HALF_SIDES * self.shift_prior_sd) if "translation" in self.invariances else None,
            NormalLatent("scale", 1, self.scale_prior_sd) if "scale" in self.invariances else None,
        )

    def _train(
        self, n_images: int, batch_loss: BatchLoss, on_epoch: OnEpoch | None, checkpoint: Checkpoint | None
    ) -> None:
        watch = partial(self._watch, on_epoch=on_epoch)
        schedule = self._schedule()
        self.history_ = train(self.model_, n_images, batch_loss, schedule, self.angle_kl_weight, watch, checkpoint)
        self.model_.pixels = None

    def _schedule(self) -> Schedule:
        return Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            learning_rate_schedule=self.learning_rate_schedule,
            gradient_clip=self.gradient_clip,
            kl_weight=self.kl_weight,
            kl_weight_start=self.kl_weight if self.kl_weight_start is None else self.kl_weight_start,
            kl_ramp_epochs=self.kl_ramp_epochs,
            patience=self.patience,
        )

    def _latent_means(self, images: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            encoded = self.model_.encode(images, self._predicted_one_hot(images))
            return {latent.name: latent.mean(parameters) for latent, parameters in encoded}

    def _predicted_one_hot(self, images: Tensor) -> Tensor | None:
        if self.model_.classifier is None:
            return None
        best = self.model_.classify(images).argmax(-1)
        return torch.nn.functional.one_hot(best, self.model_.n_classes).float()

    def _draw(self, values: dict[str, Tensor], one_hot: Tensor | None) -> np.ndarray:
        return self._as_images(self.model_.decode(values, one_hot))

    def _as_images(self, logits: Tensor) -> np.ndarray:
        side = math.isqrt(self.model_.n_pixels)
        return torch.sigmoid(logits).reshape(-1, side, side).cpu().numpy()

    def _sampled_pixels(self) -> Tensor | None:
        """Draw this step's pixels of the likelihood, or None for all of them."""
        wanted = self._n_likelihood_pixels(self.model_.n_pixels)
        return None if wanted is None else scattered_pixels(math.isqrt(self.model_.n_pixels), wanted).to(self._device())

    def _n_likelihood_pixels(self, n_pixels: int) -> int | None:
        wanted = self.likelihood_pixels
        if wanted is None:
            return None
        if whole(1).allows(wanted) and wanted <= n_pixels:
            return int(wanted)
        if POSITIVE.allows(wanted) and wanted < 1:
            return max(1, round(wanted * n_pixels))
        raise InputError(
            f"likelihood_pixels must be a share between 0 and 1, an integer from 1 to {n_pixels}, or None, "
            f"got {wanted!r}"
        )
