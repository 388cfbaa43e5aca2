"""The loop: what ends a training."""

import pytest
import torch

from ssrvae.base.errors import DivergenceError
from ssrvae.models.vae.decoders.coordinate import CoordinateDecoder
from ssrvae.models.vae.latents import NormalLatent
from ssrvae.models.vae.likelihoods import BernoulliLikelihood
from ssrvae.models.vae.model import ImageModel, Latents
from ssrvae.models.vae.objectives import marginal_loss, unsupervised_loss
from ssrvae.models.vae.schedule import Schedule
from ssrvae.models.vae.training import train

SCHEDULE = Schedule(1, 2, 1e-3, "constant", 1.0, kl_weight=1.0, kl_weight_start=1.0, kl_ramp_epochs=0)


@pytest.mark.parametrize(("loss", "n_classes"), [(unsupervised_loss, 0), (marginal_loss, 2)])
def test_weights_that_are_no_numbers_end_a_training_in_a_line_that_says_where(loss, n_classes):
    latents = Latents(NormalLatent("style", 1), None, None, None)
    model = ImageModel(16, n_classes, latents, CoordinateDecoder(4, 1 + n_classes, (4, 4)), BernoulliLikelihood(), (4,))
    images = torch.rand(2, 16)
    for weights in model.parameters():
        weights.data.fill_(torch.nan)
    with pytest.raises(
        DivergenceError, match=r"^epoch 1, step 1: the (loss|gradient's norm) is nan; lower learning_rate"
    ):
        train(model, 2, lambda batch, before, share: {"loss": loss(model, images[batch])}, SCHEDULE, 1.0)
