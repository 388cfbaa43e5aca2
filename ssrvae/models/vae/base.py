"""What the estimators share: building a model from their parameters, and reading its latent variables."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ssrvae.base.errors import InputError
from ssrvae.models.checks import check_images
from ssrvae.models.geometry import HALF_SIDES, Pose, PoseEstimate, scattered_pixels, upright
from ssrvae.models.storage import StoredEstimator
from ssrvae.models.vae.checkpoint import Checkpoint
from ssrvae.models.vae.decoders import DECODERS
from ssrvae.models.vae.latents import NormalAngle, NormalLatent, ProjectedNormalAngle
from ssrvae.models.vae.likelihoods import LIKELIHOODS
from ssrvae.models.vae.model import ImageModel, Latents
from ssrvae.models.vae.schedule import Schedule
from ssrvae.models.vae.training import BatchLoss, train

OnEpoch = Callable[["ImageEstimator", int], None]
"""Watches a training after each epoch, counted from 1; it cannot influence it."""

INVARIANCES = ("rotation", "translation", "scale")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("float32", "bfloat16")
ANGLE_PRIORS = ("normal", "projected_normal")


class ImageEstimator(StoredEstimator):
    """Base of the estimators; their constructors only store. Images are [n, pixels] or [n, side, side], square."""

    model_: ImageModel

    def transform(self, X: Any) -> np.ndarray:
        """Read the style variables of images: posterior means [n, n_style]."""
        return self._latent_means(X)["style"].cpu().numpy()

    def pose(self, X: Any) -> PoseEstimate:
        """Read the pose of images: posterior means; what the model keeps fixed stays upright, centred, at scale 1."""
        means = self._latent_means(X)
        pose = self.model_.latents.to_pose(means) or upright(means["style"].shape[:1], like=means["style"])
        return PoseEstimate(*(np.asarray(part.cpu()) for part in pose._replace(shift=pose.shift / HALF_SIDES)))

    def reconstruct(self, X: Any) -> np.ndarray:
        """Encode images and draw them again: [n, side, side] in [0, 1]."""
        images = self._check_fitted_images(X)
        with torch.no_grad():
            return self._draw(self._latent_means(images), self._predicted_one_hot(images))

    def _decode(self, style: Any, one_hot: Tensor | None, pose: PoseEstimate | None) -> np.ndarray:
        check_is_fitted(self)
        style = self._on_device(style)
        if style.ndim != 2 or style.shape[1] != self.n_style:
            raise InputError(f"style must be [n, {self.n_style}], got {tuple(style.shape)}")
        placed = None
        if pose is not None:
            angle_rad, shift, scale = (self._on_device(part) for part in pose)
            placed = Pose(angle_rad, shift * HALF_SIDES, scale)
        with torch.no_grad():
            latents = style if one_hot is None else torch.cat([style, one_hot], dim=-1)
            return self._as_images(self.model_.decoder(latents, placed))

    def _sample(self, n_images: int, one_hot: Tensor | None) -> np.ndarray:
        check_is_fitted(self)
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(self._seed())
            like = torch.zeros(1, device=self._device())
            active = self.model_.latents.active
            values = {latent.name: latent.prior(like).sample((n_images,)) for latent in active}
            return self._draw(values, one_hot)

    def _build(self, n_pixels: int, n_classes: int) -> ImageModel:
        side = math.isqrt(n_pixels)
        self._n_likelihood_pixels(n_pixels)
        n_latents = self.n_style + n_classes
        _allowed("decoder_precision", self.decoder_precision, PRECISIONS)
        if self.decoder != "coordinate" and self.decoder_precision != PRECISIONS[0]:
            raise InputError(f"decoder_precision {self.decoder_precision} needs decoder coordinate, got {self.decoder}")
        options = {"precision": self.decoder_precision} if self.decoder == "coordinate" else {}
        build = DECODERS[_allowed("decoder", self.decoder, DECODERS)]
        decoder = build(side, n_latents, tuple(self.hidden), **options)
        likelihood = LIKELIHOODS[_allowed("likelihood", self.likelihood, LIKELIHOODS)]()
        model = ImageModel(n_pixels, n_classes, self._latents(), decoder, likelihood, tuple(self.hidden))
        return model.to(self._device())

    def _latents(self) -> Latents:
        chosen = {_allowed("invariances", name, INVARIANCES) for name in self.invariances}
        normal = _allowed("angle_prior", self.angle_prior, ANGLE_PRIORS) == "normal"
        if self.angle_prior_scale < 0 or (normal and self.angle_prior_scale == 0):
            bound = "above 0, a standard deviation in radians," if normal else "at least 0, a concentration,"
            raise InputError(
                f"angle_prior_scale must be {bound} for angle_prior {self.angle_prior}, got {self.angle_prior_scale}"
            )
        angle = (NormalAngle if normal else ProjectedNormalAngle)(self.angle_prior_scale)
        return Latents(
            NormalLatent("style", self.n_style),
            angle if "rotation" in chosen else None,
            NormalLatent("shift", 2, HALF_SIDES * self.shift_prior_sd) if "translation" in chosen else None,
            NormalLatent("scale", 1, self.scale_prior_sd) if "scale" in chosen else None,
        )

    def _train(
        self, n_images: int, batch_loss: BatchLoss, on_epoch: OnEpoch | None, checkpoint: Checkpoint | None
    ) -> None:
        def watch(history: list[dict[str, float]]) -> None:
            self.history_ = history
            if on_epoch:
                with torch.random.fork_rng(devices=[]):
                    on_epoch(self, int(history[-1]["epoch"]))

        schedule = self._schedule()
        self.history_ = train(
            self.model_, n_images, batch_loss, schedule, self.angle_kl_weight, self.verbose, watch, checkpoint
        )
        self.model_.pixels = None

    def _schedule(self) -> Schedule:
        return Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            learning_rate_schedule=self.learning_rate_schedule,
            gradient_clip=self.gradient_clip,
            classifier_weight_decay=getattr(self, "classifier_weight_decay", 0.0),
            kl_weight=self.kl_weight,
            kl_weight_start=self.kl_weight if self.kl_weight_start is None else self.kl_weight_start,
            kl_ramp_epochs=self.kl_ramp_epochs,
            class_temperature=getattr(self, "class_temperature", 1.0),
            patience=self.patience,
        )

    def _latent_means(self, X: Any) -> dict[str, Tensor]:
        images = self._check_fitted_images(X)
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

    def _check_fitted_images(self, X: Any) -> Tensor:
        check_is_fitted(self)
        if isinstance(X, Tensor):
            return X
        return torch.from_numpy(self._checked_images(X, reset=False)).to(self._device())

    def _checked_images(self, X: Any, reset: bool) -> np.ndarray:
        return check_images(self, X, reset)

    def _sampled_pixels(self) -> Tensor | None:
        """Draw this step's pixels of the likelihood, or None for all of them."""
        wanted = self._n_likelihood_pixels(self.model_.n_pixels)
        return None if wanted is None else scattered_pixels(math.isqrt(self.model_.n_pixels), wanted).to(self._device())

    def _n_likelihood_pixels(self, n_pixels: int) -> int | None:
        wanted = self.likelihood_pixels
        if wanted is None:
            return None
        if isinstance(wanted, float) and 0 < wanted < 1:
            return max(1, round(wanted * n_pixels))
        if isinstance(wanted, int | np.integer) and 1 <= wanted <= n_pixels:
            return int(wanted)
        raise InputError(
            f"likelihood_pixels must be a share between 0 and 1, an integer from 1 to {n_pixels}, or None, "
            f"got {wanted!r}"
        )

    def _one_hot(self, labels: np.ndarray) -> Tensor:
        unknown = sorted(set(labels.tolist()) - set(self.classes_.tolist()))
        if unknown:
            raise InputError(
                f"unknown class {unknown[0]!r}; the fitted classes are {', '.join(map(str, self.classes_))}"
            )
        indices = torch.from_numpy(np.searchsorted(self.classes_, labels))
        return torch.nn.functional.one_hot(indices, len(self.classes_)).float().to(self._device())

    def _on_device(self, values: Any) -> Tensor:
        return torch.from_numpy(np.array(values, dtype=np.float32)).to(self._device())

    def _device(self) -> torch.device:
        _allowed("device", self.device, DEVICES)
        if self.device == "cuda" and not torch.cuda.is_available():
            raise InputError("device is 'cuda', but this machine offers none; use 'auto' or 'cpu'")
        return torch.device("cuda" if self.device != "cpu" and torch.cuda.is_available() else "cpu")

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31 - 1))


def _allowed(key: str, value: str, allowed: Any) -> str:
    if value not in allowed:
        raise InputError(f"{key} must be one of {', '.join(allowed)}, got {value!r}")
    return value
