"""Fitting the model: dreams, then labels, then labelled and unlabelled images together.

Every step on unlabelled images reads them anew: the class is drawn from the model's posterior, the pose is the
window about the best one, and the style, templates and deformation follow. Labelled images stay in every step. What
keeps this from drifting is the decoder: classes share one deformation, and none is wider than another. It must
reach the shapes there are: without the third style variable one label a class gave .76, not .996 (the ablation).
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ssrvae.models.divergence import check_finite
from ssrvae.models.marginal.inference import best_angle, read, starts_of
from ssrvae.models.marginal.model import MarginalPoseModel, Observed
from ssrvae.models.marginal.objectives import bound_loss, dream_loss
from ssrvae.models.marginal.pose_scores import turn
from ssrvae.models.marginal.projections import Projector

STEPS_PER_EPOCH = 50
DREAMS = 64
UNLABELLED_RATE = 0.5
RESIDUAL_IMAGES = 400
"""Images that teach the residual at half its rate."""

History = list[dict[str, float]]


@dataclass(frozen=True)
class Course:
    """How long and how fast a training runs; an epoch is 50 steps. Two epochs of dreams, not counted, come first.

    residual_rate, deformation_rate: learning rates over the common one. Deformations learnt at the full rate shrink to
    nothing under few labels; the residual draws those few labels and nothing else, so its rate grows with the number of
    images that teach it (`for_images`).
    """

    labelled_epochs: int
    unlabelled_epochs: int
    batch_size: int
    learning_rate: float
    residual_rate: float
    deformation_rate: float
    dream_noise_sd: float

    def for_images(self, n_images: int) -> "Course":
        """Slow the residual down where few images teach it."""
        return replace(self, residual_rate=self.residual_rate * n_images / (n_images + RESIDUAL_IMAGES))


class LabelledSet(NamedTuple):
    """Centred images of known class: projections [n, 2 * basis], mass [n], power [n], one-hot classes [n, K]."""

    projections: Tensor
    mass: Tensor
    power: Tensor
    classes: Tensor


class UnlabelledSet(NamedTuple):
    """Images reduced to their low frequencies [n, frequencies], mass [n] and power [n].

    log_density: [n, K] of their moments in every class; None: moments are not used.
    """

    reduced: Tensor
    mass: Tensor
    power: Tensor
    log_density: Tensor | None = None


def prepare(model: MarginalPoseModel, project: Projector, images: Tensor, classes: Tensor) -> LabelledSet:
    """Project labelled images and start the model from them: templates from class means, inputs to unit scale."""
    projections = project.centred(project.reduce(images))
    overall = projections.std(unbiased=False).clamp_min(1e-3)
    model.input_scale.copy_(projections.std(0, unbiased=False).clamp_min(0.1 * overall))
    means = (classes.T @ images) / classes.sum(0)[:, None]
    rim = means[:, model.decoder.rim].mean() if model.decoder.rim.any() else means.min()
    model.decoder.start_from(model.family.drawn_from(means), model.family.drawn_from(rim).item())
    model.family.start_from(images, classes @ means)
    return LabelledSet(projections, images.sum(1), images.square().sum(1), classes)


def train(
    model: MarginalPoseModel,
    project: Projector,
    labelled: LabelledSet,
    unlabelled: UnlabelledSet | None,
    course: Course,
    on_epoch: Callable[[History], None],
) -> History:
    """Fit the model; one record an epoch. Raises DivergenceError when a loss is not finite."""
    _dream(model, course)
    history: History = []

    def labels_alone() -> dict[str, Tensor]:
        return {"bound": -_labelled_loss(model, labelled, course.batch_size)}

    _phase(
        model,
        labels_alone,
        course.labelled_epochs,
        course.learning_rate,
        course.for_images(len(labelled.mass)),
        history,
        on_epoch,
    )
    if unlabelled is not None and course.unlabelled_epochs:
        batches = _batches(len(unlabelled.mass), course.batch_size)

        def together() -> dict[str, Tensor]:
            bound = -unlabelled_loss(model, project, unlabelled, next(batches))
            return {"bound": bound, "labelled_bound": -_labelled_loss(model, labelled, course.batch_size)}

        rate = UNLABELLED_RATE * course.learning_rate
        _phase(
            model, together, course.unlabelled_epochs, rate, course.for_images(len(unlabelled.mass)), history, on_epoch
        )
    return history


def _dream(model: MarginalPoseModel, course: Course) -> None:
    """Teach the encoder first: the noise of an untrained one would teach the decoder that style does nothing."""
    adam = torch.optim.Adam(model.encoder.parameters(), course.learning_rate)
    for _ in range(2 * STEPS_PER_EPOCH):
        adam.zero_grad()
        dream_loss(model, 2 * DREAMS, course.dream_noise_sd).backward()
        adam.step()


def _phase(
    model: MarginalPoseModel,
    bounds: Callable[[], dict[str, Tensor]],
    epochs: int,
    rate: float,
    course: Course,
    history: History,
    on_epoch: Callable[[History], None],
) -> None:
    """Maximise the sum of the bounds, with dreams, over one cycle of the learning rate."""
    if not epochs:
        return
    adam, schedule = _optimiser(model, rate, course, epochs * STEPS_PER_EPOCH)
    for _ in range(epochs):
        started, totals = time.perf_counter(), dict.fromkeys(("loss", "dream_loss"), 0.0)
        for _ in range(STEPS_PER_EPOCH):
            terms, dreams = bounds(), dream_loss(model, DREAMS, course.dream_noise_sd)
            loss = dreams - sum(terms.values())
            check_finite(loss.item(), course.learning_rate, epoch=len(history) + 1)
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
            for name, value in {"loss": loss, "dream_loss": dreams, **terms}.items():
                totals[name] = totals.get(name, 0.0) + value.item() / STEPS_PER_EPOCH
        history.append({"epoch": len(history) + 1, **totals, "seconds": time.perf_counter() - started})
        on_epoch(history)


def _labelled_loss(model: MarginalPoseModel, labelled: LabelledSet, batch_size: int) -> Tensor:
    """The bound's loss on random labelled images: known to be centred, at any angle."""
    n = len(labelled.mass)
    pick = torch.randint(n, (min(batch_size, 4 * n),), device=labelled.mass.device)
    projections, classes = labelled.projections[pick], labelled.classes[pick]
    rest = turn(projections, model.phases.orders, -best_angle(model, projections, classes))
    return bound_loss(model, Observed(projections[:, None], rest, labelled.mass[pick], labelled.power[pick]), classes)


def unlabelled_loss(model: MarginalPoseModel, project: Projector, images: UnlabelledSet, pick: Tensor) -> Tensor:
    """The bound's loss on unlabelled images, each under one class drawn from the model's posterior."""
    mass, power = images.mass[pick], images.power[pick]
    projections = project(images.reduced[pick])
    density = None if images.log_density is None else images.log_density[pick]
    reading = read(model, starts_of(model), projections, mass, power, density)
    drawn = torch.multinomial(reading.class_score.softmax(1), 1)[:, 0]
    rows = torch.arange(len(pick), device=mass.device)
    window = projections[rows[:, None], reading.shift_index[rows, drawn]]
    classes = torch.eye(model.n_classes, device=mass.device)[drawn]
    # The bound's pose prior is uniform over the window's shifts, of which each has only its share of the grid's.
    log_share = math.log(window.shape[1] / len(model.grid.shifts))
    return bound_loss(model, Observed(window, reading.upright[rows, drawn], mass, power), classes) - log_share


def _optimiser(
    model: MarginalPoseModel, rate: float, course: Course, n_steps: int
) -> tuple[torch.optim.Adam, torch.optim.lr_scheduler.OneCycleLR]:
    generators, residual = [model.decoder.generators], list(model.decoder.residual.parameters())
    slow = {id(parameter) for parameter in generators + residual}
    rest: list[nn.Parameter] = [parameter for parameter in model.parameters() if id(parameter) not in slow]
    rates = [rate, course.residual_rate * rate, course.deformation_rate * rate]
    adam = torch.optim.Adam([{"params": group} for group in (rest, residual, generators)], rate)
    return adam, torch.optim.lr_scheduler.OneCycleLR(adam, rates, total_steps=n_steps, pct_start=0.2)


def _batches(n_images: int, batch_size: int) -> Iterator[Tensor]:
    """Go through all images in random order, again and again; the last of a pass may be left out."""
    while True:
        yield from torch.randperm(n_images).split(batch_size)
