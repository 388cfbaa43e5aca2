"""Stress tests: test images made anew in each cell of a grid, and classified by a fitted model.

One cell is in memory at a time. Its images follow from the root seed, the replicate seed and the cell's own values, so
neither the other cells, nor their order, nor the method change them.
"""

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from datagen.data_kind import FreshImages
from datagen.errors import InputError
from datagen.kinds import data_kind
from ssrvae.base.files import write_csv
from ssrvae.scores.metrics import classification_metrics, confusion_table
from ssrvae.study.run_folder import OK, RunFolder
from ssrvae.study.stress_cells import Cell, cell_corruption_rng, cell_image_rng, cell_ranges, corrupted

_METRICS = ("accuracy", "balanced_accuracy")

Row = dict[str, Any]


class CellRows(NamedTuple):
    """One cell's rows: scores (factors, metric, value, n) and, if asked for, the confusion.

    Plain rows, not tables: kept among the images' memory, tables' buffers made the process grow with every cell.
    """

    scores: list[Row]
    confusion: list[dict[Hashable, Any]]


def run_stress(
    run: RunFolder, recipe: Mapping[str, Any], identity: Mapping[str, Any], out: Path, confusion_out: Path
) -> None:
    """Classify every cell of a grid with the model of one run and write its rows.

    identity (grid, method, seed) names the rows; recipe is all that the images depend on (root_seed, data, cells,
    per_class, options, confusion). The model of a failed run gives rows without a value.
    """
    metrics = run.read_metrics()
    cells, names = recipe["cells"], tuple(metrics["class_names"])
    if metrics["status"] == OK:
        estimator = run.load_model(metrics["estimator"])
        scored = list(score_cells(estimator, stress_cells(recipe, identity["seed"]), names, recipe["confusion"]))
    else:
        scored = [CellRows(_score_rows(cell, dict.fromkeys(_METRICS, math.nan), 0), []) for cell in cells]
    factors = list(dict.fromkeys(name for cell in cells for name in cell))
    scores = pd.DataFrame([{**identity, **row} for rows in scored for row in rows.scores])
    confusions = pd.DataFrame(
        [row for rows in scored for row in rows.confusion], columns=[*factors, "true", "predicted", "fraction", "n"]
    )
    write_csv(scores[[*identity, *factors, "metric", "value", "n"]], out)
    write_csv(confusions, confusion_out)


def stress_cells(recipe: Mapping[str, Any], seed: int) -> Iterator[tuple[Cell, np.ndarray, np.ndarray]]:
    """Generate the cells of a grid one by one: the cell, its images [n, side, side] and their true classes [n]."""
    fresh = _fresh_images(recipe["data"])
    for cell in recipe["cells"]:
        yield cell, *_cell_images(cell, fresh, recipe, seed)


def score_cells(
    estimator: Any,
    cells: Iterable[tuple[Cell, np.ndarray, np.ndarray]],
    class_names: tuple[str, ...],
    confusion: bool,
) -> Iterator[CellRows]:
    """Classify and score each cell; its images are let go before the next cell's are made."""

    def score(cell: Cell, images: np.ndarray, truth: np.ndarray) -> CellRows:
        predicted = estimator.predict(images.reshape(len(images), -1))
        scores = classification_metrics(truth, predicted, None, class_names)
        table = confusion_table(truth, predicted, class_names).assign(**cell).to_dict("records") if confusion else []
        return CellRows(_score_rows(cell, scores, len(truth)), table)

    return starmap(score, cells)


def _fresh_images(data: Mapping[str, Any]) -> FreshImages:
    draw_anew = data_kind(data["kind"]).fresh_images
    if draw_anew is None:
        raise InputError(f"data.kind: {data['kind']!r} has no images that can be made anew for a stress grid")
    return draw_anew(data)


def _cell_images(cell: Cell, fresh: FreshImages, recipe: Mapping[str, Any], seed: int) -> tuple[np.ndarray, np.ndarray]:
    root = recipe["root_seed"]
    images, truth = fresh.draw(cell_ranges(fresh.ranges, cell), recipe["per_class"], cell_image_rng(root, seed, cell))
    settings = {**cell, **recipe["options"]}
    return corrupted(images, settings, cell_corruption_rng(root, seed, cell)), truth


def _score_rows(cell: Cell, scores: Mapping[str, float], n: int) -> list[Row]:
    return [{**cell, "metric": metric, "value": scores[metric], "n": n} for metric in _METRICS]
