"""Read class, style and pose from images: align to each class's templates, read the style, align again.

An image is first scored against each class's template in a few starting styles, at every other pose of the grid. From
the best angle, and from the best ones far from it (objects that look alike when turned), it is turned upright, its
style is read, and the deformed template is scored at every angle and at the shifts next to the best one. This is done
again from the best pose, since the deformed template aligns better than the plain one; the best of all counts.
The pose is so summed out over all angles and a window of 3 x 3 shifts: a search from coarse to fine, no exact sum.
Of log p(x) it leaves out .06 nats at most for the style that it reads, and of what reading the style at every angle
would find 0 to .2 in the median, 8 to 22 at the 99th percentile, 47 at most; no class changed. So much on 240 clean
suits at +-60 degrees for each of three seeds (`python -m benchmarks.marginal_window`,
results/reference/marginal_window.csv).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import kl_divergence

from ssrvae.models.marginal.model import MarginalPoseModel
from ssrvae.models.marginal.pose_scores import turn

START_SDS = (1.5, 3.0)
"""Starting styles: the template, and each variable at +- so many standard deviations."""
N_FIRST_POSES = 3
"""Poses that the style is read at. With two, large sheared hearts were read at wrong angles, and as clubs."""
NEAR_RAD = math.pi / 3
"""Poses closer in angle count as one: reading the style corrects what lies between."""
ANGLE_STRIDE = 2
"""Images are first scored at every other angle of the grid."""
PIXEL_WEIGHT = 0.02
"""What the pixels' evidence counts beside that of the moments. It takes pixels for independent, while a misfit of the
template goes over dozens of them, so it is too sure by about that factor."""


class Reading(NamedTuple):
    """What was read from n images under each of K classes.

    log_joint: [n, K], log p(x, y) at the style's posterior mean, less the divergence of that posterior from the prior,
    which is an estimate and no bound; class_score: [n, K], what classes are compared by:
    log_joint, or the moments' evidence with it; style_parameters: [n, K, 2 * n_style];
    scores: [n, K, window, angles], log p(x | y, z, pose); shift_index: [n, K, window], their shifts on the grid;
    upright: [n, K, 2 * basis], projections of the object at rest.
    """

    log_joint: Tensor
    class_score: Tensor
    style_parameters: Tensor
    scores: Tensor
    shift_index: Tensor
    upright: Tensor


class Starts(NamedTuple):
    """What images are first scored against: each class's template in a few styles, at every other angle.

    Half a turn changes the sign of odd angular orders and of nothing else, so half a circle of angles will do.
    even, odd: [K, functions, styles * angles], turned objects' coefficients of even and of odd orders; offset:
    [K, styles * angles], their log-partitions over the family's gain.
    """

    even: Tensor
    odd: Tensor
    offset: Tensor


@torch.no_grad()
def starts_of(model: MarginalPoseModel) -> Starts:
    """Draw the objects that images are first scored against."""
    axes = torch.eye(model.n_style)
    style = torch.cat([torch.zeros(1, model.n_style), *(sign * sd * axes for sd in START_SDS for sign in (1, -1))])
    one_hot = torch.eye(model.n_classes, device=model.input_scale.device)
    drawn = model.draw(style.to(one_hot).expand(model.n_classes, -1, -1), one_hot[:, None])
    half_circle = slice(0, len(model.grid.angles_rad) // 2, ANGLE_STRIDE)
    turned = model.phases.turned(drawn.coefficients, half_circle)
    even, odd = (turned[..., model.phases.of_parity(parity)].flatten(1, 2).mT.contiguous() for parity in (0, 1))
    return Starts(even, odd, (drawn.log_partition / model.family.gain()).repeat_interleave(turned.shape[2], dim=1))


@torch.no_grad()
def read(
    model: MarginalPoseModel,
    starts: Starts,
    projections: Tensor,
    mass: Tensor,
    power: Tensor,
    log_density: Tensor | None = None,
) -> Reading:
    """Read images given by their projections [n, shifts, 2 * basis], sums of pixels [n] and of their squares [n].

    log_density: [n, K] of their moments in every class; None: classes are compared by the pixels alone.
    """
    first = _refine(model, projections, mass, *first_poses(model, starts, projections))
    second = _refine(model, projections, mass, *_best_pose(_best_of(first)))
    both = Reading(*(torch.cat(parts, dim=2) for parts in zip(second, first, strict=True)))
    found = Reading(*(part[:, :, 0] for part in _best_of(both)))
    log_prior = -math.log(model.n_classes)
    log_joint = found.log_joint + log_prior + model.log_base(power)[:, None]
    class_score = log_joint if log_density is None else log_density + PIXEL_WEIGHT * log_joint
    return found._replace(log_joint=log_joint, class_score=class_score)


def best_angle(model: MarginalPoseModel, centred: Tensor, classes: Tensor) -> Tensor:
    """Align centred objects [n, 2 * basis] of known classes (one-hot [n, K]) to their templates: angles [n]."""
    with torch.no_grad():
        every_class = torch.eye(model.n_classes, device=centred.device)
        templates = model.decoder(centred.new_zeros(model.n_classes, model.n_style), every_class)
        best = model.phases.correlations(templates[classes.argmax(-1)], centred).argmax(-1)
        return model.grid.angles_rad.to(centred)[best]


def first_poses(model: MarginalPoseModel, starts: Starts, projections: Tensor) -> tuple[Tensor, Tensor]:
    """Find, class by class, the best pose over the starting styles, and the best ones far from those before.

    Returns indices of shift and angle, [n, K, candidates] each. Every other shift and angle will do: the window covers
    the shifts between.
    """
    shifts = _every_other(model.grid.shifts_per_axis).to(projections.device)
    at_shifts = projections[:, shifts]
    of_even, of_odd = (at_shifts[..., model.phases.of_parity(parity)].flatten(0, 1) for parity in (0, 1))
    n_angles = len(model.grid.angles_rad) // (2 * ANGLE_STRIDE)
    n_styles = starts.offset.shape[1] // n_angles
    best = []
    for even, odd, offset in zip(*starts, strict=True):
        even_orders, odd_orders = of_even @ even - offset, of_odd @ odd
        halves = (even_orders + odd_orders, even_orders - odd_orders)
        best.append([half.reshape(len(projections), len(shifts) * n_styles, n_angles).max(1) for half in halves])
    of_angle = torch.stack([torch.cat([half.values for half in halves], dim=-1) for halves in best], dim=1)
    where = torch.stack([torch.cat([half.indices for half in halves], dim=-1) for halves in best], dim=1)
    chosen = far_apart(of_angle)
    return shifts[where.gather(-1, chosen) // n_styles], ANGLE_STRIDE * chosen


def far_apart(scores: Tensor) -> Tensor:
    """Indices of the highest scores [*batch, angles], each far from the higher ones: [*batch, candidates]."""
    n_angles, chosen = scores.shape[-1], []
    for _ in range(N_FIRST_POSES):
        best = scores.argmax(-1, keepdim=True)
        chosen.append(best)
        steps = (torch.arange(n_angles, device=scores.device) - best) % n_angles
        near = torch.minimum(steps, n_angles - steps) * (2 * math.pi / n_angles) <= NEAR_RAD
        scores = scores.masked_fill(near, -torch.inf)
    return torch.cat(chosen, dim=-1)


def _refine(model: MarginalPoseModel, projections: Tensor, mass: Tensor, shift: Tensor, angle: Tensor) -> Reading:
    """Read the style at poses (indices [n, K, candidates]) and score the poses about them.

    Returns a reading with an axis of candidates after that of classes; its log_joint lacks what all classes share.
    """
    one_hot = torch.eye(model.n_classes, device=mass.device)[:, None]
    upright = turn(_at(projections, shift), model.phases.orders, -model.grid.angles_rad.to(mass)[angle])
    parameters = model.encode(upright, one_hot)
    posterior, window = model.style.posterior(parameters), _window(model, shift)
    drawn = model.draw(model.style.mean(parameters), one_hot)
    scores = model.pose_scores(drawn, _at(projections, window), mass[:, None, None])
    evidence = log_sum_exp(scores.flatten(-2)) - math.log(model.grid.n_poses)
    divergence = kl_divergence(posterior, model.style.prior(mass).expand(posterior.batch_shape))
    joint = evidence - divergence
    return Reading(joint, joint, parameters, scores, window, upright)


def log_sum_exp(scores: Tensor) -> Tensor:
    """log sum exp over the last axis, as torch's, which underflowing terms make ten times as slow.

    Terms below e^-80 of the highest add nothing in float32.
    """
    top = scores.amax(-1, keepdim=True)
    return (scores - top).clamp_min_(-80).exp_().sum(-1).log_() + top[..., 0]


def _best_of(candidates: Reading) -> Reading:
    """Keep the candidate of the highest log_joint, class by class: the axis of candidates has length 1 then."""
    best = candidates.log_joint.argmax(-1, keepdim=True)
    return Reading(*(torch.take_along_dim(part, _like(best, part), dim=2) for part in candidates))


def _best_pose(candidates: Reading) -> tuple[Tensor, Tensor]:
    """Indices of the shift and angle of the highest score: [n, K, candidates] each."""
    best = candidates.scores.flatten(-2).argmax(-1, keepdim=True)
    n_angles = candidates.scores.shape[-1]
    return candidates.shift_index.gather(-1, best // n_angles)[..., 0], best[..., 0] % n_angles


def _like(index: Tensor, part: Tensor) -> Tensor:
    return index.reshape(*index.shape, *[1] * (part.dim() - index.dim()))


def _every_other(side: int) -> Tensor:
    """Indices of every other shift in x and in y of a lattice with `side` a side, the central one among them."""
    along = torch.arange((side // 2) % 2, side, 2)
    return (along[:, None] * side + along).flatten()


def _window(model: MarginalPoseModel, shift: Tensor) -> Tensor:
    """The 3 x 3 shifts about a shift, pushed inside the lattice at its border: indices [*batch, window]."""
    side = model.grid.shifts_per_axis
    reach = torch.arange(-1, 2, device=shift.device) if side >= 3 else shift.new_zeros(1)
    row, column = (shift // side).clamp(1, max(side - 2, 1)), (shift % side).clamp(1, max(side - 2, 1))
    if side < 3:
        row, column = shift // side, shift % side
    rows, columns = row[..., None, None] + reach[:, None], column[..., None, None] + reach
    return (rows * side + columns).flatten(-2)


def _at(projections: Tensor, shift: Tensor) -> Tensor:
    """Choose shifts [n, *rest] of projections [n, shifts, 2 * basis]: [n, *rest, 2 * basis]."""
    rows = torch.arange(len(projections), device=shift.device).reshape(-1, *[1] * (shift.dim() - 1))
    return projections[rows, shift]
