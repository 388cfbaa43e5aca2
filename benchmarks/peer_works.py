"""What is measured of the peers, the same works on the same images: pyroVED 0.3.0, and kornia's RandomAffine.

Widths are pyroVED's defaults: encoder, classifier and decoder of 2 x 128 tanh units, and its layer of coordinates.
"""

from collections.abc import Callable

import numpy as np
import pyro
import torch
from kornia.augmentation import RandomAffine
from pyroved.models import ssiVAE
from pyroved.trainers import auxSVItrainer

from benchmarks.apart import Measured, measure
from benchmarks.data import BATCH, N_CLASSES, RANGES, SIZE, batch
from benchmarks.operations import count
from datagen.cards.templates import load_templates

N_STYLE = 2
KORNIA_BATCHES = (64, 256, 1024)
"""Images at a time: the fastest of these counts."""
CLASSIFICATION_WEIGHT = 30.0


def ssvae_step(repeats: int) -> Measured:
    """The ss-VAE on a batch without labels: the step of its bound, without the auxiliary step that has no gradient."""
    return _unlabelled_step(None, repeats)


def ssrvae_step(repeats: int) -> Measured:
    """The ss-rVAE on a batch without labels."""
    return _unlabelled_step(["r", "t"], repeats)


def ssrvae_labelled_step(repeats: int) -> Measured:
    """The ss-rVAE on a batch with labels: the step of its bound and that of its classifier."""
    trainer = _trainer(["r", "t"])
    images, labels = torch.from_numpy(batch()), torch.eye(N_CLASSES)[torch.arange(BATCH) % N_CLASSES]
    return measure(lambda: trainer.compute_loss(images, labels, aux_loss_multiplier=CLASSIFICATION_WEIGHT), repeats)


def generate(repeats: int, n_images: int) -> Measured:
    """Cards by RandomAffine, its factors drawn in the ranges of ours, from the same suits."""
    measured = [measure(_generator(n_images, at_a_time), repeats) for at_a_time in KORNIA_BATCHES]
    return min(measured, key=lambda each: each.typical_s)


def stress_cell(per_class: int) -> Measured:
    """One cell of a stress grid: its images made by RandomAffine and classified by pyroVED."""
    model, make = _trainer(["r", "t"]).model, _generator(per_class * N_CLASSES, KORNIA_BATCHES[0])
    return measure(lambda: model.classifier(make().flatten(1)), 3)


def _unlabelled_step(invariances: list[str] | None, repeats: int) -> Measured:
    trainer, images = _trainer(invariances), torch.from_numpy(batch())

    def step() -> None:
        trainer.loss_basic.step(images)

    measured = measure(step, repeats)
    return measured._replace(facts=count(step)._asdict())


def _trainer(invariances: list[str] | None) -> auxSVItrainer:
    pyro.clear_param_store()
    return auxSVItrainer(ssiVAE((SIZE, SIZE), N_STYLE, N_CLASSES, invariances=invariances))


def _generator(n_images: int, at_a_time: int) -> Callable[[], torch.Tensor]:
    suit = _centre(load_templates(None, SIZE).images)
    rotation, shear, shift = RANGES.rotation_deg, RANGES.shear_deg, RANGES.shift
    shears = torch.tensor([[-shear, shear], [-shear, shear]])
    move = RandomAffine(rotation, (shift, shift), RANGES.scale, shears, p=1.0)
    classes = torch.arange(n_images) % N_CLASSES

    def make() -> torch.Tensor:
        with torch.no_grad():
            return torch.cat([move(suit[some])[:, 0] for some in classes.split(at_a_time)])

    return make


def _centre(images: np.ndarray) -> torch.Tensor:
    """Crop templates [classes, side, side] to the image's side: what kornia is given has the size of what it gives."""
    margin = (images.shape[-1] - SIZE) // 2
    inner = slice(margin, margin + SIZE)
    return torch.from_numpy(np.ascontiguousarray(images[:, inner, inner]))[:, None]
