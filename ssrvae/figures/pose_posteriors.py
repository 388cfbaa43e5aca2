"""Posteriors of the angle by the marginal-pose model: an object of each class, clean and under strong noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import BLACK, METHODS, ORANGE, method_label
from ssrvae.analysis.shown import MARGINAL, pose_dataset
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import as_grey, tile_table
from ssrvae.figures.registry import figure_of_poses
from ssrvae.scores.pose_accuracy import FULL_TURN_DEG, SUIT_PERIOD_DEG, angle_offset
from ssrvae.study.jobs.pose_readings import NOISY_PER_CLASS, Readings, entropy_nats, most_ambiguous

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.projections.polar import PolarAxes

_READ, _TOLD = "as the model reads it", "told the noise"
_LINES = {_READ: (METHODS[MARGINAL].color, 2.4), _TOLD: (ORANGE, 1.2)}
_COLUMNS = ["class", "image", "posterior", "predicted", "row_of_test", "entropy_nats"]


class _Copy(NamedTuple):
    """The shown images [m, side, side], clean or noisy, classes read in them [m], posteriors [m, angles] by name."""

    name: str
    images: np.ndarray
    predicted: np.ndarray
    posteriors: Mapping[str, np.ndarray]


def draw_pose_posteriors(study: StudyResults) -> Still:
    """Draw a row a class: an object and the posterior of its angle, the same object under noise and its posteriors."""
    dataset = pose_dataset(study.plan)
    runs = study.runs(dataset, MARGINAL)
    readings = {seed: own for seed, own in study.readings(dataset, MARGINAL).items() if own.angles_rad.size}
    if not readings:
        reason = runs.trouble() or f"{method_label(MARGINAL)}: no posteriors of the angle"
        return missing_still(PAGE_WIDTH_IN, 2.5, reason, pd.DataFrame(columns=_COLUMNS))
    seed, found = min(readings), readings[min(readings)]
    chosen = most_ambiguous(found.truth[found.shown], found.noisy_predicted, found.known_noise_posterior)
    copies = _copies(found)
    figure = new_figure(PAGE_WIDTH_IN, 1.1 + 1.35 * len(chosen))
    grid = figure.add_gridspec(len(chosen), 2 * len(copies))
    for row, i in enumerate(chosen):
        for column, copy in enumerate(copies):
            _draw_image(figure.add_subplot(grid[row, 2 * column]), copy, found, i)
            polar = cast("PolarAxes", figure.add_subplot(grid[row, 2 * column + 1], projection="polar"))
            _draw_posteriors(polar, copy, found, i)
    figure.legend(*figure.axes[-1].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    add_note(figure, [*_notes(dataset, seed, found), runs.trouble()])
    return Still(figure, _drawn(found, chosen))


def _copies(readings: Readings) -> list[_Copy]:
    predicted = readings.predicted[readings.shown]
    noisy = {_READ: readings.noisy_angle_posterior, _TOLD: readings.known_noise_posterior}
    return [
        _Copy("clean", readings.image, predicted, {_READ: readings.angle_posterior}),
        _Copy(f"σ = {readings.noise_sd:g}", readings.noisy_image, readings.noisy_predicted, noisy),
    ]


def _draw_image(axes: Axes, copy: _Copy, readings: Readings, i: int) -> None:
    true, read_as = readings.class_names[[readings.truth[readings.shown[i]], copy.predicted[i]]]
    wrong = "" if true == read_as else f",\nread as {read_as}"
    axes.imshow(as_grey(copy.images[i]), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set(xticks=[], yticks=[], title=f"{true}, {copy.name}{wrong}")
    axes.spines[:].set_visible(False)


def _draw_posteriors(axes: PolarAxes, copy: _Copy, readings: Readings, i: int) -> None:
    angles_rad = np.append(readings.angles_rad, readings.angles_rad[0] + 2 * np.pi)
    for name, posterior in copy.posteriors.items():
        radius, (color, width) = np.append(posterior[i], posterior[i, 0]) / posterior[i].max(), _LINES[name]
        axes.fill(angles_rad, radius, color=color, alpha=0.3, linewidth=0)
        axes.plot(angles_rad, radius, color=color, linewidth=width, label=name)
    for angle_rad in _true_angles_rad(readings, i):
        axes.plot([angle_rad] * 2, [0, 1.1], color=BLACK, linewidth=0.9, linestyle="--", label="_true angle")
    axes.lines[-1].set_label("true angle")
    axes.set_theta_zero_location("N")
    axes.set_thetagrids([0, 90, 180, 270], fontsize=6)
    axes.tick_params(pad=-2)
    axes.set(ylim=(0, 1.1), yticks=[])


def _true_angles_rad(readings: Readings, i: int) -> np.ndarray:
    """Give the angles at which the model should read a shown object: the true one, the class's offset added.

    An object that a turn leaves as it is has more than one.
    """
    row = readings.shown[i]
    period_deg = SUIT_PERIOD_DEG.get(readings.class_names[readings.truth[row]], FULL_TURN_DEG)
    right = (readings.truth == readings.truth[row]) & (readings.predicted == readings.truth)
    offset_deg = angle_offset(readings.found_angle_deg[right], readings.true_angle_deg[right], period_deg)
    return np.deg2rad(readings.true_angle_deg[row] + offset_deg + np.arange(0, FULL_TURN_DEG, period_deg))


def _notes(dataset: str, seed: int, readings: Readings) -> list[str]:
    return [
        f"{method_label(MARGINAL)}, test images of {dataset}, seed {seed}: of the first {NOISY_PER_CLASS} of each class"
        " the object of the most ambiguous angle under Gaussian noise,"
        f" σ = {readings.noise_sd:g} in grey values (0 black, 1 white; drawn clipped)",
        "The model's own likelihood knows of no noise: its posteriors stay as narrow as on clean images",
        f"{_TOLD.capitalize()}: Normal likelihood of that σ about what the model draws of the clean image's class and"
        " style",
        "Radius: probability over its largest value. True angle: from the angle at which the model draws the class",
    ]


def _drawn(readings: Readings, chosen: np.ndarray) -> pd.DataFrame:
    """Return a row a posterior: what it is of, the probabilities of its angles (degrees) and the image's pixels."""
    names = [f"probability_at_{degrees:g}_deg" for degrees in np.rad2deg(readings.angles_rad)]
    parts = []
    for copy in _copies(readings):
        for name, posterior in copy.posteriors.items():
            truth, predicted = readings.truth[readings.shown[chosen]], copy.predicted[chosen]
            described = {
                "class": readings.class_names[truth],
                "image": copy.name,
                "posterior": name,
                "predicted": readings.class_names[predicted],
                "row_of_test": readings.shown[chosen],
                "entropy_nats": entropy_nats(posterior[chosen]),
            }
            probability = pd.DataFrame(posterior[chosen], columns=names)
            parts.append(tile_table(pd.DataFrame(described).join(probability), as_grey(copy.images[chosen])))
    return pd.concat(parts, ignore_index=True)


FIGURES = (
    figure_of_poses(
        "pose_posteriors",
        draw_pose_posteriors,
        (MARGINAL,),
        """
            Posterior of the angle by the marginal-pose model, shift summed out: of each class one test image, clean and
            under Gaussian noise, the most ambiguous of the first hundred; data set ``rotation_180`` where the study has
            it, else ``rotation_60``. Green: as the model reads it, whose likelihood knows of no noise. Orange: given
            the noise. Diamonds look the same after half a turn, clubs nearly so after a third.
            """,
    ),
)
