"""Scores of labelled rows alone: a search or a cross-validation may hold unlabelled ones, y = -1, as well."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils.validation import column_or_1d

from ssrvae.models.checks import as_array, labelled

Scorer = Callable[[Any, Any, Any], float]
"""What scikit-learn takes as `scoring`: called with an estimator, X and y."""


def labelled_scorer(scoring: str | Scorer = "accuracy") -> Scorer:
    """Make a scorer that leaves out unlabelled rows, for `scoring=` of scikit-learn's searches and cross-validations.

    scoring: the score of the rows that are left, a name that scikit-learn knows or a scorer. The scorer raises
    InputError where no row has a label.
    """
    return partial(_score_labelled, get_scorer(scoring))


def labelled_rows(y: Any, *of_rows: Any) -> tuple[Any, ...]:
    """Take the labelled rows of y [n] and of other arrays [n, ...], or None; raises InputError where none is."""
    labels = column_or_1d(as_array(y))
    given = labelled(labels)
    return labels[given], *(None if rows is None else _indexable(rows)[given] for rows in of_rows)


def _score_labelled(scorer: Scorer, estimator: Any, X: Any, y: Any) -> float:
    labels, images = labelled_rows(y, X)
    return scorer(estimator, images, labels)


def _indexable(rows: Any) -> Any:
    rows = as_array(rows)
    return rows if hasattr(rows, "shape") else np.asarray(rows)
