"""How well a model classifies the user's own labels when each is left out: what report.json tells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ssrvae.scores.intervals import Interval, mean_share_interval, wilson_interval

if TYPE_CHECKING:
    from ssrvae.models.left_out import LeftOut

FEW = 5
"""With fewer labels a class, its recall is known to +-.3 at best."""


class LeftOutScores(NamedTuple):
    """Scores of labelled objects by what was fitted without them, with 95 % intervals over objects.

    recall by class; confusion: counts by true class, then by predicted class; how: what was left out, in words.
    """

    how: str
    accuracy: Interval
    balanced_accuracy: Interval
    recall: dict[str, Interval]
    confusion: dict[str, dict[str, int]]

    def told(self) -> dict[str, Any]:
        """Give plain values for report.json."""
        return {
            "how": self.how,
            "accuracy": _plain(self.accuracy),
            "balanced_accuracy": _plain(self.balanced_accuracy),
            "recall": {name: _plain(interval) for name, interval in self.recall.items()},
            "confusion": self.confusion,
        }


def left_out_scores(left_out: "LeftOut", codes: np.ndarray, class_names: Sequence[str]) -> LeftOutScores:
    """Score the classes of n labelled objects, codes [n]. Some class has two objects at least.

    A class of a single object, which what is fitted without it does not know, counts nowhere.
    """
    counts = np.zeros((len(class_names), len(class_names)), dtype=int)
    np.add.at(counts, (codes, left_out.probabilities.argmax(axis=1)), 1)
    tested = np.flatnonzero(counts.sum(axis=1) > 1)
    names = [class_names[code] for code in tested.tolist()]
    hits, objects = counts[tested, tested], counts[tested].sum(axis=1)
    return LeftOutScores(
        how=left_out.how,
        accuracy=wilson_interval(int(hits.sum()), int(objects.sum())),
        balanced_accuracy=mean_share_interval(hits, objects),
        recall={name: wilson_interval(int(hit), int(n)) for name, hit, n in zip(names, hits, objects, strict=True)},
        confusion={
            name: dict(zip(class_names, counts[code].tolist(), strict=True))
            for name, code in zip(names, tested, strict=True)
        },
    )


def told_of_few(codes: np.ndarray, class_names: Sequence[str]) -> list[str]:
    """Word which classes have few labelled objects; codes [n] of the labelled ones."""
    counts = np.bincount(codes, minlength=len(class_names)).tolist()
    return [
        f"class {name!r}: {count} of its objects {'are' if count > 1 else 'is'} labelled, too few to tell how well it "
        "is known; label 10 at least"
        for name, count in zip(class_names, counts, strict=True)
        if count < FEW
    ]


def _plain(interval: Interval) -> dict[str, float]:
    limits = {"value": interval.center, "low": max(interval.low, 0.0), "high": min(interval.high, 1.0)}
    return {name: round(limit, 4) for name, limit in limits.items()}
