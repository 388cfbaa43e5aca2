"""What a training step minimises, per image: bounds on the evidence, and the classifier's losses."""

import torch
import torch.nn.functional as F
from pyro.infer import TraceEnum_ELBO
from torch import Tensor

from ssrvae.models.geometry import Pose
from ssrvae.models.vae.model import ImageModel, class_bounds


def unsupervised_loss(model: ImageModel, images: Tensor) -> Tensor:
    """The negative evidence lower bound of a model without classes, mean over images [n, pixels]."""
    return -class_bounds(model, images).mean()


def labelled_loss(model: ImageModel, images: Tensor, classes: Tensor, known: Pose | None = None) -> Tensor:
    """The negative bound on log p(x, y), mean over images [n, pixels] of one-hot classes [n, K], at known poses."""
    return -class_bounds(model, images, classes, known).mean()


def classification_loss(model: ImageModel, images: Tensor, classes: Tensor) -> Tensor:
    """-log q(y | x), mean over images [n, pixels]; classes: one-hot, or a distribution, [n, K]."""
    return F.cross_entropy(model.classify(images), classes)


def marginal_loss(model: ImageModel, images: Tensor) -> Tensor:
    """The negative bound of Kingma et al. 2014 on log p(x): the class enumerated under q(y | x), mean over images.

    Its gradient in q(y | x) vanishes as q grows certain, so that early mistakes stay.
    """
    enumerated = TraceEnum_ELBO(max_plate_nesting=1)
    return enumerated.differentiable_loss(model.model, model.guide, images) / len(images)


def posterior_loss(model: ImageModel, images: Tensor, temperature: float, weight: float) -> tuple[Tensor, Tensor]:
    """Sum the class out by the model's own posterior, and teach the classifier that posterior.

    With bounds b_y on log p(x, y) and r = softmax(b / temperature), held constant, the loss is
    -sum_y r_y b_y - weight * sum_y r_y log q(y | x), mean over images. At temperature 1 its gradient in the model is
    that of -logsumexp(b), a bound on log p(x) at least as tight as `marginal_loss`; the classifier's is q - r, which
    does not vanish for a confident mistake. A temperature above 1 early on keeps classes open while poses are wrong.
    Sources: Bornschein and Bengio 2015, arXiv:1406.2751 (wake phase of q); Ueda and Nakano 1998, Neural Networks 11,
    271 (deterministic annealing).

    Returns the loss and the bound on log p(x), mean over images.
    """
    bounds = class_bounds(model, images, torch.eye(model.n_classes, device=images.device)[:, None])
    posterior = torch.softmax(bounds.detach() / temperature, dim=0)
    loss = -(posterior * bounds).sum(0).mean() + weight * classification_loss(model, images, posterior.T)
    return loss, bounds.detach().logsumexp(0).mean()
