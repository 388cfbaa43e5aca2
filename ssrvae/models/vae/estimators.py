"""The models behind scikit-learn's interface: `VAE` (and rVAE) without labels, `SSVAEClassifier` (and ss-rVAE) with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from datagen.contract import UNLABELLED
from ssrvae.models.drawing_requests import check_n_images, check_style
from ssrvae.models.export import export_classifier
from ssrvae.models.geometry import HALF_SIDES, PoseEstimate
from ssrvae.models.image_estimator import ImageClassifier, OnEpoch
from ssrvae.models.parameters import FLAG, NOT_NEGATIVE, Rule, number, one_of, whole
from ssrvae.models.vae.checkpoint import Checkpoint
from ssrvae.models.vae.objectives import unsupervised_loss
from ssrvae.models.vae.schedule import Schedule
from ssrvae.models.vae.semi_supervised import ELBO, POSTERIOR, LabelledMoves, SemiSupervisedLoss, Weights
from ssrvae.models.vae.variational_estimator import VariationalEstimator


@dataclass(kw_only=True, eq=False, repr=False)
class VAE(TransformerMixin, VariationalEstimator):
    """Variational autoencoder of square images; with invariances, the rVAE. Labels are not used.

    Parameters
    ----------
    invariances: any of "rotation", "translation", "scale", factors of variation kept out of the style.
    n_style: number of style variables.
    hidden: widths of the tanh layers of every network.
    decoder: "coordinate" (the paper's), "warped" or "harmonic". decoder_precision: "float32", or "bfloat16" for the
        layers of the coordinate decoder.
    likelihood: "bernoulli", or "normal" for noisy grey images.
    angle_prior: "projected_normal" with `angle_prior_scale` its concentration (0: uniform), or "normal" with it the
        standard deviation in radians.
    shift_prior_sd: in sides. scale_prior_sd: of the logarithm of the scale.
    kl_weight, kl_weight_start, kl_ramp_epochs: factor on the KL terms, ramped linearly; angle_kl_weight multiplies it
        for the angle.
    likelihood_pixels: random pixels a step, evenly spread, that the likelihood is estimated from without bias: their
        number, or a share of all (None: all).
    patience: epochs without a better bound after which training ends (None: never).
    device: "cpu", "cuda" or "auto".

    Fitted: model_, history_ (one dict an epoch), n_features_in_.
    """

    def fit(self, X: Any, y: Any = None, on_epoch: OnEpoch | None = None, checkpoint: Checkpoint | None = None) -> Self:
        """Fit the images; y is ignored.

        `on_epoch(estimator, epoch)` may watch the training; `checkpoint` keeps its state, to go on from.
        """
        with self._fitting():
            images = self._begin(X)
            self._make_networks(images.shape[1], n_classes=0)
            data = torch.from_numpy(images).to(self._device())

            def batch_loss(batch: Tensor, step: int, share: float) -> dict[str, Tensor]:
                self.model_.pixels = self._sampled_pixels()
                loss = unsupervised_loss(self.model_, data[batch])
                return {"loss": loss, "bound": -loss}

            self._train(len(data), batch_loss, on_epoch, checkpoint)
        return self

    def decode(self, style: Any, pose: PoseEstimate | None = None) -> np.ndarray:
        """Draw images [n, side, side] from style variables [n, n_style], upright unless a pose is given."""
        check_is_fitted(self)
        return self._decode(check_style(style, self.n_style), None, pose)

    def sample(self, n_images: int = 1) -> np.ndarray:
        """Draw images [n, side, side] from the model; the same ones for the same random_state."""
        check_is_fitted(self)
        return self._sample(check_n_images(n_images), None)


@dataclass(kw_only=True, eq=False, repr=False)
class SSVAEClassifier(ImageClassifier, VariationalEstimator):
    """Semi-supervised variational autoencoder of square images (M2); with invariances, the ss-rVAE.

    `fit(X, y)` takes y = -1 for unlabelled images. Parameters are those of `VAE` and:

    class_inference: "posterior" fits the classifier to the model's own class posterior (the default, see
        `objectives.posterior_loss`); "elbo" is the paper's bound, with the class summed under the classifier.
    class_temperature: that posterior's temperature at the start, falling to 1 at 60 % of the training.
    classification_weight: on the classifier's losses. labelled_weight: on the bound of labelled images.
    classifier_weight_decay: Adam's, for the classifier alone; it keeps noise in dark pixels out.
    labelled_batch_size, labelled_every: labelled images a labelled step, and steps between such steps.
    labelled_turn_deg, labelled_shift: labelled images are shifted, and half of them turned, at random by up to this
        (degrees; sides) for the encoder and decoder, which learn poses from them. The classifier never sees a turned
        labelled image. Without effect for a pose that is not among the invariances.
    labelled_upright: labelled objects are upright and centred, to about 6 degrees and 1 % of a side, which fixes what
        upright means for every class; false leaves each class's angle and centre to the model.

    Fitted: model_, classes_, history_, n_features_in_.
    """

    rules: ClassVar[dict[str, Rule]] = VariationalEstimator.rules | {
        "class_inference": one_of((POSTERIOR, ELBO)),
        "class_temperature": number("of at least 1", lambda value: value >= 1),
        "classification_weight": NOT_NEGATIVE,
        "classifier_weight_decay": NOT_NEGATIVE,
        "labelled_weight": NOT_NEGATIVE,
        "labelled_batch_size": whole(1),
        "labelled_every": whole(1),
        "labelled_turn_deg": NOT_NEGATIVE,
        "labelled_shift": NOT_NEGATIVE,
        "labelled_upright": FLAG,
    }

    invariances: Sequence[str] = ("rotation", "translation")
    class_inference: str = "posterior"
    class_temperature: float = 20.0
    classification_weight: float = 30.0
    classifier_weight_decay: float = 1e-2
    labelled_weight: float = 4.0
    labelled_batch_size: int = 64
    labelled_every: int = 1
    labelled_turn_deg: float = 180.0
    labelled_shift: float = 0.1
    labelled_upright: bool = True
    epochs: int = 7
    likelihood_pixels: int | float | None = 0.25

    def fit(self, X: Any, y: Any, on_epoch: OnEpoch | None = None, checkpoint: Checkpoint | None = None) -> Self:
        """Fit labelled and unlabelled (y = -1) images; without unlabelled ones the bound is the supervised one.

        `on_epoch(estimator, epoch)` may watch the training; `checkpoint` keeps its state, to go on from. Raises
        DivergenceError when the loss is not finite.
        """
        with self._fitting():
            loss = self._loss(*self._begin_labelled(X, y))
            self._train(loss.n_images, loss, on_epoch, checkpoint)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images by the classifier alone: probabilities [n, classes]."""
        images = self._check_fitted_images(X)
        with torch.no_grad():
            return self.model_.classify(images).softmax(-1).cpu().numpy()

    def decode(self, style: Any, label: Any, pose: PoseEstimate | None = None) -> np.ndarray:
        """Draw images [n, side, side] of classes [n] (or one class) with style [n, n_style], upright without a pose."""
        check_is_fitted(self)
        given = check_style(style, self.n_style)
        return self._decode(given, self._one_hot(label, len(given)), pose)

    def sample(self, n_images: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Draw images [n, side, side] and their classes [n] from the model; the same for the same random_state."""
        check_is_fitted(self)
        n_images = check_n_images(n_images)
        labels = np.random.default_rng(self._seed()).choice(self.classes_, n_images)
        return self._sample(n_images, self._one_hot(labels, n_images)), labels

    def export(self, path: str | Path) -> None:
        """Write the classifier alone as ONNX: float32 `images` [n, pixels] to `probabilities` [n, classes]."""
        check_is_fitted(self)
        export_classifier(cast(torch.nn.Module, self.model_.classifier), self.model_.n_pixels, path)

    def _loss(self, images: np.ndarray, labels: np.ndarray) -> SemiSupervisedLoss:
        labelled = labels != UNLABELLED
        one_hot = F.one_hot(torch.from_numpy(labels[labelled]), len(self.classes_))
        moves = LabelledMoves(
            math.radians(self.labelled_turn_deg) if "rotation" in self.invariances else 0.0,
            HALF_SIDES * self.labelled_shift if "translation" in self.invariances else 0.0,
            self.labelled_upright,
        )
        return SemiSupervisedLoss(
            self.model_,
            torch.from_numpy(images[~labelled]).to(self._device()),
            torch.from_numpy(images[labelled]).to(self._device()),
            one_hot.float().to(self._device()),
            self.class_inference,
            moves if {"rotation", "translation"} & set(self.invariances) else None,
            Weights(self.labelled_weight, self.classification_weight, self.labelled_batch_size, self.labelled_every),
            self._schedule().temperature_at,
            self._sampled_pixels,
        )

    def _schedule(self) -> Schedule:
        return replace(
            super()._schedule(),
            classifier_weight_decay=self.classifier_weight_decay,
            class_temperature=self.class_temperature,
        )
