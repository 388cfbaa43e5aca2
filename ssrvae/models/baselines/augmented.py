"""The plain baseline: a network fitted to the labelled images alone, turned and shifted at random in every batch."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from datagen.contract import UNLABELLED
from ssrvae.models.baselines.network_classifier import NetworkClassifier
from ssrvae.models.moved_images import moved_loss


@dataclass(kw_only=True, eq=False, repr=False)
class AugmentedClassifier(NetworkClassifier):
    """Classifier of square images that is told what a turn and a shift are: it learns from images moved at random.

    `fit(X, y)` takes y = -1 for unlabelled images, from which it learns nothing. A moved image is black beyond its
    border, and sharpened at random, since moving softens it.

    Parameters
    ----------
    network: "mlp", two tanh layers; "cnn", small strided convolutions; or "steerable", convolutions whose features turn
        with the image (`SteerableConvolutions`), which needs the extra `steerable`.
    rotation_deg: every image of a batch is turned by up to this, either way; 180 for any angle, 0 for none.
    shift: and shifted by up to this in x and y, in sides.
    noise_sd: strongest noise, in grey values, on half of the images of a batch.
    steps: of AdamW, one batch each; None: 3000 for the mlp, 1000 for the cnn, 500 for the steerable one.
    batch_size: images a step, drawn with replacement.
    learning_rate: at the start, from where it falls to 0 along a half cosine; None: 1e-3 for the mlp, 3e-3 for the cnn,
        1e-2 for the steerable one.
    weight_decay: AdamW's.
    device: "cpu", "cuda" or "auto".
    verbose: 1 writes a line an epoch to standard error.

    Fitted: model_, classes_, history_ (one dict an epoch of 50 steps), n_features_in_.
    """

    def batch_loss(self, images: Tensor, labels: Tensor) -> Callable[[], Tensor]:
        """Make the cross entropy of a batch of labelled images, moved."""
        labelled = labels != UNLABELLED
        return moved_loss(self.model_, images[labelled], labels[labelled], self._moves(), self.batch_size)
