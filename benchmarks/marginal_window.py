"""Measure what the marginal-pose model's search leaves out of log p(x): CSV rows on standard output.

    python -m benchmarks.marginal_window [--seeds 0 1 2] [--images 240] [--per-class 300]

A reading finds a few poses from coarse to fine and sums the pose out over all angles and a window of 3 x 3 shifts. Here
it is held against two longer sums, in nats an image, on clean suits turned by up to 60 degrees: over every angle and
shift of the grid, for the style that was read; and the same where the style is read anew at each angle of the grid, at
the shift that suits it best, and the best counts. Beside it stand two estimates that do integrate over the style: the
mean over samples of it, which is a bound, and their importance-weighted mean (Burda et al. 2016, arXiv:1509.00519),
which tends to log p(x).
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from benchmarks.data import N_CLASSES, cards
from ssrvae import MarginalPoseClassifier
from ssrvae.models.marginal.inference import Reading, read, starts_of
from ssrvae.models.marginal.model import MarginalPoseModel, log_evidence
from ssrvae.models.marginal.pose_scores import turn
from ssrvae.models.marginal.projections import in_chunks, projector

CHUNK = 20
N_SAMPLES = 32


class Joints(NamedTuple):
    """log p(x, y) of n images in K classes, [n, K] each, estimated in five ways: in the order of the module's text."""

    read: Tensor
    every_pose: Tensor
    every_start: Tensor
    mean_of_samples: Tensor
    weighted: Tensor


@torch.no_grad()
def joints(model: MarginalPoseModel, images: Tensor) -> Joints:
    """Estimate the log joints of images [n, pixels] of the background that the model was fitted to."""
    grid = model.grid
    project = projector(model.size, model.resolution, grid.shifts_per_axis, grid.shift_step)
    starts, found = starts_of(model), []
    for chunk in in_chunks(len(images), CHUNK):
        some = images[chunk]
        mass, power, projections = some.sum(1), some.square().sum(1), project(project.reduce(some))
        reading = read(model, starts, projections, mass, power)
        shared = model.log_base(power)[:, None] - np.log(model.n_classes)
        parts = (
            _at_mean(model, projections, mass, reading.style_parameters),
            _from_every_angle(model, projections, mass),
            *_from_samples(model, projections, mass, reading),
        )
        every_pose, every_start, *sampled = (part + shared for part in parts)
        found.append(Joints(reading.log_joint, every_pose, torch.maximum(every_pose, every_start), *sampled))
    return Joints(*(torch.cat(parts) for parts in zip(*found, strict=True)))


def _sum_over_grid(model: MarginalPoseModel, projections: Tensor, mass: Tensor, style: Tensor) -> Tensor:
    """log p(x | y, z) less what all classes share, for styles [*batch, n, K, n_style]: [*batch, n, K]."""
    drawn = model.draw(style, torch.eye(model.n_classes))
    return log_evidence(model.pose_scores(drawn, projections[:, None], mass[:, None]))


def _at_mean(model: MarginalPoseModel, projections: Tensor, mass: Tensor, parameters: Tensor) -> Tensor:
    posterior = model.style.posterior(parameters)
    divergence = kl_divergence(posterior, model.style.prior(mass).expand(posterior.batch_shape))
    return _sum_over_grid(model, projections, mass, model.style.mean(parameters)) - divergence


def _from_every_angle(model: MarginalPoseModel, projections: Tensor, mass: Tensor) -> Tensor:
    """Read the style at each angle, at the shift where the template fits best, and keep the best reading."""
    one_hot, rows = torch.eye(model.n_classes), torch.arange(len(mass))[:, None]
    template = model.draw(mass.new_zeros(len(mass), model.n_classes, model.n_style), one_hot)
    best_shift = model.pose_scores(template, projections[:, None], mass[:, None]).argmax(2)
    best = torch.full((len(mass), model.n_classes), -torch.inf)
    for index, angle_rad in enumerate(model.grid.angles_rad):
        upright = turn(projections[rows, best_shift[..., index]], model.phases.orders, -angle_rad.expand(len(mass), 1))
        best = torch.maximum(best, _at_mean(model, projections, mass, model.encode(upright, one_hot)))
    return best


def _from_samples(
    model: MarginalPoseModel, projections: Tensor, mass: Tensor, reading: Reading
) -> tuple[Tensor, Tensor]:
    """Average log p(x, z | y) - log q(z) over samples of the style, and the log of the mean of its exponential."""
    posterior = model.style.posterior(reading.style_parameters)
    prior, drawn = model.style.prior(mass), []
    for _ in range(N_SAMPLES):
        style = posterior.sample()
        weight = prior.log_prob(style) - posterior.log_prob(style)
        drawn.append(_sum_over_grid(model, projections, mass, style) + weight)
    weights = torch.stack(drawn)
    return weights.mean(0), weights.logsumexp(0) - np.log(N_SAMPLES)


def rows(found: Joints, truth: np.ndarray) -> Iterator[tuple[str, float]]:
    """Sum the classes up: what is left out in nats, and how many images would be of another class."""
    evidence = {name: joint.double().logsumexp(1).numpy() for name, joint in found._asdict().items()}
    named = found.read.argmax(1)
    yield "accuracy", float((named.numpy() == truth).mean())
    for name in ("every_pose", "every_start", "mean_of_samples", "weighted"):
        more = evidence[name] - evidence["read"]
        for what, value in (("median", 50), ("99th percentile", 99), ("1st percentile", 1)):
            yield f"{name} less read: {what}", float(np.percentile(more, value))
        yield f"{name} less read: largest", float(more.max())
        yield f"{name}: share of other classes", float((getattr(found, name).argmax(1) != named).double().mean())


def main() -> None:
    """Fit one model a seed, and print its rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, default=240, help="images measured")
    parser.add_argument("--per-class", type=int, default=300, help="unlabelled images of a class; 50 are labelled")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print("seed,quantity,value")
    for seed in asked.seeds:
        dataset = cards(50, asked.per_class, asked.images // N_CLASSES, draw=seed)
        model = MarginalPoseClassifier(random_state=seed).fit(*dataset.training_set())
        images, truth = dataset.test_set()
        torch.manual_seed(seed)
        for quantity, value in rows(joints(model.model_, torch.from_numpy(images)), truth):
            print(f"{seed},{quantity},{value:.4g}", flush=True)


if __name__ == "__main__":
    main()
