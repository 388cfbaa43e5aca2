"""The marginal-pose model behind scikit-learn's interface."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from datagen.contract import UNLABELLED
from datagen.errors import InputError
from ssrvae.models.checks import check_labels
from ssrvae.models.drawing_requests import check_n_images, check_pose, check_style
from ssrvae.models.export import export_classifier
from ssrvae.models.geometry import HALF_SIDES, PoseEstimate
from ssrvae.models.image_estimator import DEVICES, OnEpoch
from ssrvae.models.left_out import LeftOut, left_out_by_folds
from ssrvae.models.marginal.background import background_level, levelled
from ssrvae.models.marginal.class_moments import fit_class_moments
from ssrvae.models.marginal.drawn_images import draw_anywhere, draw_at
from ssrvae.models.marginal.families import FAMILIES
from ssrvae.models.marginal.model import MarginalPoseModel
from ssrvae.models.marginal.projections import in_chunks
from ssrvae.models.marginal.reader import PoseReader
from ssrvae.models.marginal.standalone import StandaloneClassifier
from ssrvae.models.marginal.training import Course, prepare, train
from ssrvae.models.moved_images import MovedCourse, Moves, moved_loss, train_on_moved
from ssrvae.models.parameters import (
    FLAG,
    LESS_THAN_HALF,
    NOT_NEGATIVE,
    POSITIVE,
    RANDOM_STATE,
    VERBOSITY,
    WIDTHS,
    Rule,
    one_of,
    whole,
)

SMALLEST_SIDE = 4
STANDALONE_RATE = 1e-3


@dataclass(kw_only=True, eq=False, repr=False)
class MarginalPoseClassifier(PoseReader):
    """Semi-supervised classifier of square images whose angle and shift are summed out over a grid.

    The sum runs over all angles and the 3 x 3 shifts about the best pose that a search from coarse to fine finds
    (`marginal.inference`), under the style that is read there.

    `fit(X, y)` takes y = -1 for unlabelled images. Labelled objects are known to be centred; they may lie at any
    angle, and none is turned for training.

    Parameters
    ----------
    n_style: number of style variables; the first three stretch the object, the rest draw what stretching cannot.
    hidden: widths of the tanh layers of the networks.
    likelihood: "bernoulli", or "normal" for noisy grey images.
    max_shift: how far objects may lie off the centre, in sides.
    epochs: in all, of 50 steps each; labelled_epochs: how many of them, the first, use labelled images alone.
    batch_size: images a step. learning_rate: Adam's, at the peak of its cycle.
    residual_rate, deformation_rate: learning rates of the residual and of the deformation, over the common one.
    dream_noise_sd: strongest noise, in grey values, on half of the images that the style's encoder learns from.
    moments: weigh the object's size and elongation with its pixels (`ssrvae.models.object_moments`), for objects
        of which a class holds many shapes; the background must be without neighbours.
    standalone: classify by the standalone classifier, taught when the fit ends; faster, and less accurate.
    standalone_steps: steps that it is taught for, by `teach_standalone`.
    device: "cpu", "cuda" or "auto".

    Fitted: model_, standalone_ (its network), classes_, background_level_ (grey value), score_quantiles_ (1001, in
    nats), moment_means_ [K, 3] and moment_covariances_ [K, 3, 3] (with moments), history_ (one dict an epoch),
    n_features_in_.
    """

    standalone_: StandaloneClassifier = field(init=False)

    rules: ClassVar[dict[str, Rule]] = {
        "n_style": whole(1),
        "hidden": WIDTHS,
        "likelihood": one_of(FAMILIES),
        "max_shift": LESS_THAN_HALF,
        "epochs": whole(1),
        "labelled_epochs": whole(1),
        "batch_size": whole(1),
        "learning_rate": POSITIVE,
        "residual_rate": NOT_NEGATIVE,
        "deformation_rate": NOT_NEGATIVE,
        "dream_noise_sd": NOT_NEGATIVE,
        "moments": FLAG,
        "standalone": FLAG,
        "standalone_steps": whole(1),
        "device": one_of(DEVICES),
        "verbose": VERBOSITY,
        "random_state": RANDOM_STATE,
    }

    n_style: int = 3
    hidden: Sequence[int] = (128, 128)
    likelihood: str = "bernoulli"
    max_shift: float = 0.1
    epochs: int = 8
    labelled_epochs: int = 4
    batch_size: int = 64
    learning_rate: float = 4e-3
    residual_rate: float = 0.2
    deformation_rate: float = 0.05
    dream_noise_sd: float = 1.2
    moments: bool = False
    standalone: bool = False
    standalone_steps: int = 3000
    device: str = "cpu"
    verbose: int = 0
    random_state: Any = None

    @property
    def n_epochs(self) -> int:
        """How often a fit tells `on_epoch` of its progress, at most."""
        return self.epochs

    def check_parameters(self) -> None:
        """Raise InputError naming the first parameter that cannot be, its value, and what is allowed; as `fit` does."""
        super().check_parameters()
        if self.labelled_epochs > self.epochs:
            raise InputError(f"labelled_epochs must be at most epochs ({self.epochs}), got {self.labelled_epochs}")

    def fit(self, X: Any, y: Any, on_epoch: OnEpoch | None = None) -> Self:
        """Fit labelled and unlabelled (y = -1) images; without unlabelled ones only the labelled epochs are run.

        `on_epoch(estimator, epoch)` may watch the training. Raises DivergenceError when the loss is not finite.
        """
        with self._fitting():
            given, labels = self._begin_labelled(X, y)
            images = torch.from_numpy(given).to(self._device())
            self._fit(images, labels, on_epoch)
            if self.standalone:
                self._teach(images)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images by the model's posterior, or by `standalone`'s: probabilities [n, classes]."""
        check_is_fitted(self)
        if self.standalone and self.standalone_.is_taught:
            return self.predict_proba_standalone(X)
        return self.map_readings(X, lambda reading: reading.class_score.softmax(-1))

    def left_out(self, X: Any, y: Any) -> LeftOut:
        """Classify the labelled ones of images, in folds, each by a fit to the labelled ones of the others alone."""
        images = self._checked_images(X, reset=False)
        _, labels = check_labels(y, len(images))
        labelled = labels != UNLABELLED
        return left_out_by_folds(self, images[labelled], labels[labelled])

    def reconstruct(self, X: Any) -> np.ndarray:
        """Read class, style and pose of images and draw them again: [n, side, side] in [0, 1]."""
        return self.decode(self.transform(X), self.predict(X), self.pose(X))

    def decode(self, style: Any, label: Any, pose: PoseEstimate | None = None) -> np.ndarray:
        """Draw images [n, side, side] of classes [n] (or one class) with style [n, n_style], upright without a pose."""
        check_is_fitted(self)
        given = self._on_device(check_style(style, self.n_style))
        classes = self._one_hot(label, len(given))
        angle, shift = given.new_zeros(len(given)), given.new_zeros(len(given), 2)
        if pose is not None:
            placed = check_pose(pose, len(given))
            angle, shift = self._on_device(placed.angle_rad), HALF_SIDES * self._on_device(placed.shift)
        with torch.no_grad():
            drawn = self.model_.draw(given, classes)
            return self._squares(draw_at(self.model_, drawn.coefficients, angle, shift))

    def sample(self, n_images: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Draw images [n, side, side] at random poses, and their classes [n]; the same for the same random_state."""
        check_is_fitted(self)
        with self._random_numbers():
            images, classes = draw_anywhere(self.model_, check_n_images(n_images))
        return self._squares(images), self.classes_[classes.cpu().numpy()]

    def teach_standalone(self, X: Any) -> Self:
        """Teach the standalone classifier, a small network without the model, what the model reads in images.

        X: images of the kind to be classified, as in `fit`; they are turned and shifted at random.
        """
        self._teach(self._check_fitted_images(X))
        return self

    def predict_proba_standalone(self, X: Any) -> np.ndarray:
        """Classify images by the standalone classifier: probabilities [n, classes]."""
        images = self._check_fitted_images(X)
        self._check_taught()
        with torch.no_grad():
            chunks = in_chunks(len(images), 1024)
            return torch.cat([self.standalone_(images[chunk]).softmax(-1) for chunk in chunks]).cpu().numpy()

    def export(self, path: str | Path) -> None:
        """Write the standalone classifier as ONNX: float32 `images` [n, pixels] to `probabilities` [n, classes]."""
        check_is_fitted(self)
        self._check_taught()
        export_classifier(self.standalone_, self.n_features_in_, path)

    def build_networks(self, n_pixels: int, n_classes: int) -> dict[str, nn.Module]:
        """Build the model and the standalone classifier, not yet fitted, of images of so many pixels."""
        family, max_shift = FAMILIES[self.likelihood](), HALF_SIDES * self.max_shift
        side = math.isqrt(n_pixels)
        if side < SMALLEST_SIDE:
            raise InputError(f"images must be at least {SMALLEST_SIDE} pixels wide, got {side}")
        model = MarginalPoseModel(side, n_classes, self.n_style, max_shift, family, tuple(self.hidden)).eval()
        standalone = StandaloneClassifier(side, n_classes).eval()
        return {"model_": model.to(self._device()), "standalone_": standalone.to(self._device())}

    def _fit(self, images: Tensor, labels: np.ndarray, on_epoch: OnEpoch | None) -> None:
        """Bring images [n, pixels] to the labelled ones' background, and fit the model to them."""
        labelled = torch.from_numpy(labels != UNLABELLED)
        self.background_level_ = background_level(images[labelled])[0].median().item()
        level, project = self.background_level_, self._projector()
        one_hot = F.one_hot(torch.from_numpy(labels[labels != UNLABELLED]), len(self.classes_)).to(images)
        known = prepare(self.model_, project, levelled(images[labelled], level), one_hot)
        if self.moments:
            normals = fit_class_moments(levelled(images, level), level, labels, len(self.classes_))
            self.moment_means_, self.moment_covariances_ = normals
        others = self._reduce(project, levelled(images[~labelled], level)) if (~labelled).any() else None

        self.history_ = []
        watch = partial(self._watch, on_epoch=on_epoch)
        self.history_ = train(self.model_, project, known, others, self._course(), watch)
        self._remember_evidence(images[~labelled] if others else images[labelled])

    def _teach(self, images: Tensor) -> None:
        taught = self._map_readings(images, lambda reading: reading.class_score.softmax(-1))
        with self._random_numbers():
            moves = Moves(math.pi, HALF_SIDES * self.max_shift, noise_sd=0)
            loss = moved_loss(self.standalone_, images, self._on_device(taught), moves, 2 * self.batch_size)
            train_on_moved(self.standalone_, loss, MovedCourse(self.standalone_steps, STANDALONE_RATE))
            self.standalone_.is_taught.fill_(True)

    def _course(self) -> Course:
        return Course(
            self.labelled_epochs,
            self.epochs - self.labelled_epochs,
            self.batch_size,
            self.learning_rate,
            self.residual_rate,
            self.deformation_rate,
            self.dream_noise_sd,
        )

    def _check_taught(self) -> None:
        if not self.standalone_.is_taught:
            raise InputError("the standalone classifier has not been fitted; call teach_standalone(images) first")
