"""The training loop of the VAEs, the same for each: batches in, history out."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pyro
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from ssrvae.models.divergence import check_finite
from ssrvae.models.vae.checkpoint import Checkpoint, Stateful
from ssrvae.models.vae.model import ImageModel, KLWeights
from ssrvae.models.vae.schedule import Schedule

BatchLoss = Callable[[Tensor, int, float], dict[str, Tensor]]
"""Given a batch's indices, the steps before it and their share of all: `loss` (to minimise), `bound`, other means."""


def train(
    model: ImageModel,
    n_images: int,
    batch_loss: BatchLoss,
    schedule: Schedule,
    angle_kl_weight: float,
    on_epoch: Callable[[list[dict[str, float]]], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> list[dict[str, float]]:
    """Minimise `batch_loss` over mini-batches of all images; return one record an epoch.

    The angle's KL term carries `angle_kl_weight` on top of the common weight. `on_epoch` sees the history so far and
    cannot influence the training, which goes on from the state in `checkpoint`, if any. Raises DivergenceError when a
    loss is not finite.
    """
    steps = max(1, n_images // schedule.batch_size)
    device = next(model.parameters()).device
    adam = _optimiser(model, schedule)
    rates = LambdaLR(adam, lambda before: schedule.rate_at(before / (schedule.epochs * steps)))
    parts: dict[str, Stateful] = {"model": model, "adam": adam, "rates": rates}
    history = checkpoint.restore(device, **parts) if checkpoint else []
    for epoch in range(len(history), schedule.epochs):
        if _stalled(history, schedule.patience):
            break
        started = time.perf_counter()
        weight = schedule.kl_weight_at(epoch)
        model.kl_weights = KLWeights(weight, weight * angle_kl_weight, weight, weight)
        totals: dict[str, float] = {}
        for step, batch in enumerate(_batches(n_images, schedule.batch_size, steps)):
            before = epoch * steps + step
            with pyro.validation_enabled(False):  # a diverging loss is told of below
                terms = batch_loss(batch, before, before / (schedule.epochs * steps))
            place = {"epoch": epoch + 1, "step": step + 1}
            check_finite(terms["loss"].item(), schedule.learning_rate, **place)
            adam.zero_grad()
            terms["loss"].backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), schedule.gradient_clip)
            # Pyro's sum over classes leaves out those of no probability, and takes NaN for one of these.
            check_finite(norm.item(), schedule.learning_rate, "gradient's norm", **place)
            adam.step()
            rates.step()
            for name, value in terms.items():
                totals[name] = totals.get(name, 0.0) + value.item() / steps
        seconds = time.perf_counter() - started
        history.append({"epoch": epoch + 1, **totals, "kl_weight": weight, "seconds": seconds})
        if on_epoch:
            on_epoch(history)
        if checkpoint:
            checkpoint.save(history, device, **parts)
    return history


def _optimiser(model: ImageModel, schedule: Schedule) -> torch.optim.Adam:
    classifier = list(model.classifier.parameters()) if model.classifier else []
    rest = [p for name, p in model.named_parameters() if not name.startswith("classifier.")]
    groups: list[dict[str, Any]] = [
        {"params": rest},
        {"params": classifier, "weight_decay": schedule.classifier_weight_decay},
    ]
    return torch.optim.Adam(groups, schedule.learning_rate)


def _batches(n_images: int, batch_size: int, steps: int) -> Iterator[Tensor]:
    order = torch.randperm(n_images)
    return (order[step * batch_size : (step + 1) * batch_size] for step in range(steps))


def _stalled(history: list[dict[str, float]], patience: int | None) -> bool:
    if patience is None or len(history) <= patience:
        return False
    bounds = [record["bound"] for record in history]
    return max(bounds[-patience:]) <= max(bounds[:-patience])
