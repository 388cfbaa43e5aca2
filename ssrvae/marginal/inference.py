"""Read class, style and pose from images: align to each class's templates, read the style, align again.

An image is first scored against the class templates at every pose of the grid. It is then turned upright by each
class's best pose, its style is read, and the deformed template is scored at every angle and at the shifts next to the
best one; twice, since the deformed template aligns better than the plain one. Poses beyond that window hold no weight
(tests/marginal/test_inference.py).
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ssrvae.marginal.model import MarginalPoseModel
from ssrvae.marginal.scores import turn

ROUNDS = 2
START_SD = 1.5


class Reading(NamedTuple):
    """What was read from n images under each of K classes.

    log_joint: [n, K], the bound on log p(x, y) at the style's mean; style_parameters: [n, K, 2 * n_style];
    scores: [n, K, window, angles], log p(x | y, z, pose); shift_index: [n, K, window], their shifts on the grid;
    upright: [n, K, 2 * basis], projections of the object at rest.
    """

    log_joint: Tensor
    style_parameters: Tensor
    scores: Tensor
    shift_index: Tensor
    upright: Tensor


@torch.no_grad()
def read(model: MarginalPoseModel, projections: Tensor, mass: Tensor, power: Tensor, rounds: int = ROUNDS) -> Reading:
    """Read images given by their projections [n, shifts, 2 * basis], sums of pixels [n] and of their squares [n]."""
    one_hot = torch.eye(model.n_classes, device=mass.device)
    shift, angle = _best_start(model, projections)
    for _ in range(rounds):
        upright = turn(_at(projections, shift), model.phases.orders, -model.grid.angles_rad.to(mass)[angle])
        parameters = model.encode(upright, one_hot)
        style = model.style.mean(parameters)
        window = _window(model, shift)
        drawn = model.draw(style, one_hot)
        scores = model.pose_scores(drawn, _at(projections, window), mass[:, None])
        best = scores.flatten(-2).argmax(-1)
        shift = window.gather(-1, (best // scores.shape[-1])[..., None])[..., 0]
        angle = best % scores.shape[-1]
    evidence = scores.flatten(-2).logsumexp(-1) - torch.log(mass.new_tensor(float(model.grid.n_poses)))
    divergence = torch.distributions.kl_divergence(
        model.style.posterior(parameters), torch.distributions.Independent(_standard_normal(style), 1)
    )
    log_prior = -torch.log(mass.new_tensor(float(model.n_classes)))
    return Reading(
        evidence - divergence + model.log_base(power)[:, None] + log_prior, parameters, scores, window, upright
    )


def best_angle(model: MarginalPoseModel, centred: Tensor, classes: Tensor) -> Tensor:
    """Align centred objects [n, 2 * basis] of known classes (one-hot [n, K]) to their templates: angles [n]."""
    with torch.no_grad():
        templates = model.draw(centred.new_zeros(len(classes), model.n_style), classes)
        best = model.phases.correlations(templates.coefficients, centred).argmax(-1)
        return model.grid.angles_rad.to(centred)[best]


def _best_start(model: MarginalPoseModel, projections: Tensor) -> tuple[Tensor, Tensor]:
    """Find, class by class, the best pose of a few starting styles: indices of shift and angle, [n, K] each.

    Every other shift and angle will do: the first window covers the shifts between, and one reading the angles.
    """
    n_starts, one_hot = 2 * model.n_style + 1, torch.eye(model.n_classes, device=projections.device)
    style = START_SD * torch.cat([torch.zeros(1, model.n_style), torch.eye(model.n_style), -torch.eye(model.n_style)])
    drawn = model.draw(style.to(projections).expand(model.n_classes, -1, -1), one_hot[:, None])
    shifts, angles = _every_other(model.grid.shifts_per_axis), torch.arange(0, len(model.grid.angles_rad), 2)
    turned = model.phases.turned(drawn.coefficients)[..., angles, :].flatten(0, 2)
    scores = (projections[:, shifts] @ turned.T).unflatten(-1, (model.n_classes, n_starts, -1))
    scores -= (drawn.log_partition / model.family.gain())[..., None]
    best = scores.permute(0, 2, 1, 3, 4).flatten(2).argmax(-1)
    return shifts[best // (n_starts * len(angles))], angles[best % len(angles)]


def _every_other(side: int) -> Tensor:
    """Indices of every other shift in x and in y of a lattice with `side` a side, the central one among them."""
    along = torch.arange((side // 2) % 2, side, 2)
    return (along[:, None] * side + along).flatten()


def _window(model: MarginalPoseModel, shift: Tensor) -> Tensor:
    """The 3 x 3 shifts about a shift, pushed inside the lattice at its border: indices [*batch, window]."""
    side = model.grid.shifts_per_axis
    reach = torch.arange(-1, 2, device=shift.device) if side >= 3 else torch.zeros(1, dtype=torch.long)
    row, column = (shift // side).clamp(1, max(side - 2, 1)), (shift % side).clamp(1, max(side - 2, 1))
    if side < 3:
        row, column = shift // side, shift % side
    rows, columns = row[..., None, None] + reach[:, None], column[..., None, None] + reach
    return (rows * side + columns).flatten(-2)


def _at(projections: Tensor, shift: Tensor) -> Tensor:
    """Choose shifts [n, *rest] of projections [n, shifts, 2 * basis]: [n, *rest, 2 * basis]."""
    rows = torch.arange(len(projections), device=shift.device).reshape(-1, *[1] * (shift.dim() - 1))
    return projections[rows, shift]


def _standard_normal(like: Tensor) -> torch.distributions.Normal:
    return torch.distributions.Normal(torch.zeros_like(like), torch.ones_like(like))


def one_hot(classes: Tensor, n_classes: int) -> Tensor:
    """Class indices [n] as float rows [n, K]."""
    return F.one_hot(classes, n_classes).float()
