"""Posteriors of the angle by the marginal-pose model: an ambiguous and a certain object of each class."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.projections.polar import PolarAxes

from ssrvae.figures.annotation import add_note, say_missing
from ssrvae.figures.output import Still, new_figure
from ssrvae.figures.sources import Sources
from ssrvae.figures.style import BLACK, METHODS, PAGE_WIDTH_IN, method_label
from ssrvae.figures.tiles import as_grey, tile_table
from ssrvae.readings import Readings, entropy_nats
from ssrvae.shown import MARGINAL

_CHOICES = ("most certain", "most ambiguous")
_COLUMNS = ["class", "choice", "predicted", "row_of_test", "entropy_nats"]


def draw_pose_posteriors(sources: Sources) -> Still:
    """Draw a row a class: its most certain test image and the posterior of its angle, then its most ambiguous one."""
    dataset = sources.shown_dataset()
    runs = sources.runs(dataset, MARGINAL)
    readings = {seed: own for seed, own in sources.readings(dataset, MARGINAL).items() if own.angles_rad.size}
    if not readings:
        figure = new_figure(PAGE_WIDTH_IN, 2.5)
        say_missing(figure.add_subplot(), runs.trouble() or f"{method_label(MARGINAL)}: no posteriors of the angle")
        return Still(figure, pd.DataFrame(columns=_COLUMNS))
    seed, chosen = min(readings), readings[min(readings)]
    described = _described(chosen)
    classes = list(described["class"].unique())
    figure = new_figure(PAGE_WIDTH_IN, 0.6 + 1.55 * len(classes))
    grid = figure.add_gridspec(len(classes), 2 * len(_CHOICES))
    for row in described.to_dict("records"):
        line, column = classes.index(row["class"]), 2 * _CHOICES.index(row["choice"])
        image = figure.add_subplot(grid[line, column])
        polar = cast(PolarAxes, figure.add_subplot(grid[line, column + 1], projection="polar"))
        _draw_image(image, chosen.image[row["shown"]], f"{row['class']}, read as\n{row['predicted']}")
        _draw_posterior(polar, chosen, row["shown"])
        polar.set_title(f"{row['choice']},\n{row['entropy_nats']:.2f} nats")
    which = "of each class the images with the lowest and the highest entropy of the angle"
    axis = "Angles count from upright, counter-clockwise; radius: probability over its largest value"
    truth = "Dashed: true angle, from which a class may differ by an offset, the angle at which the model draws it"
    add_note(
        figure,
        [f"{method_label(MARGINAL)} on test images of {dataset}, seed {seed}; {which}", axis, truth, runs.trouble()],
    )
    return Still(figure, _drawn(chosen, described))


def _described(readings: Readings) -> pd.DataFrame:
    """Return a row a drawn image; `shown` is its place among the shown ones."""
    truth, predicted = readings.truth[readings.shown], readings.predicted[readings.shown]
    entropy, rows = entropy_nats(readings.angle_posterior), []
    for k in np.unique(truth):
        own = np.flatnonzero(truth == k)
        for choice, i in zip(_CHOICES, (own[entropy[own].argmin()], own[entropy[own].argmax()]), strict=True):
            name, read_as = readings.class_names[[k, predicted[i]]]
            rows.append((i, name, choice, read_as, readings.shown[i], entropy[i]))
    return pd.DataFrame(rows, columns=["shown", *_COLUMNS])


def _draw_image(axes: Axes, image: np.ndarray, title: str) -> None:
    axes.imshow(as_grey(image), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(False)


def _draw_posterior(axes: PolarAxes, readings: Readings, i: int) -> None:
    radius = readings.angle_posterior[i] / readings.angle_posterior[i].max()
    closed = np.append(readings.angles_rad, readings.angles_rad[0] + 2 * np.pi), np.append(radius, radius[0])
    color = METHODS[MARGINAL].color
    axes.fill(*closed, color=color, alpha=0.3, linewidth=0)
    axes.plot(*closed, color=color, linewidth=1.2)
    true_rad = np.deg2rad(readings.true_angle_deg[readings.shown[i]])
    axes.plot([true_rad, true_rad], [0, 1.1], color=BLACK, linewidth=0.9, linestyle="--")
    axes.set_theta_zero_location("N")
    axes.set_thetagrids([0, 90, 180, 270], fontsize=6)
    axes.tick_params(pad=-2)
    axes.set(ylim=(0, 1.1), yticks=[])


def _drawn(readings: Readings, described: pd.DataFrame) -> pd.DataFrame:
    """Return each image's description, the probabilities of its angles (degrees) and its pixels."""
    names = [f"probability_at_{degrees:g}_deg" for degrees in np.rad2deg(readings.angles_rad)]
    posterior = pd.DataFrame(readings.angle_posterior[described["shown"]], columns=names)
    return tile_table(described[_COLUMNS].join(posterior), as_grey(readings.image[described["shown"]]))
