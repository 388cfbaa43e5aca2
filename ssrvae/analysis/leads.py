"""The lead of a method over another, paired seed by seed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ssrvae.analysis.markdown import with_limits
from ssrvae.analysis.summary import tested_halves
from ssrvae.scores.intervals import FEW, Interval, paired_difference


@dataclass(frozen=True)
class Lead:
    """A method's lead over another: the interval of their difference, and the errors of both over all common seeds.

    `interval.n` is the number of these seeds. Fewer than `FEW` errors are no Normal numbers, so limits are not told.
    """

    interval: Interval
    errors: float

    @property
    def has_limits(self) -> bool:
        """Whether seeds tell how far the lead varies."""
        return self.errors >= FEW and not self.interval.is_point

    def __str__(self) -> str:
        center = f"{self.interval.center:+.3f}"
        if self.errors < FEW:
            return f"{center} (fewer than {FEW} errors of both in all)"
        if self.interval.kind == "none":
            return f"{center} (one seed{' of a half' if self.interval.n > 1 else ''})"
        if self.interval.is_point:
            return f"{center} in every seed"
        return with_limits(self.interval.center, self.interval.low, self.interval.high, "+")


def paired_lead(rows: pd.DataFrame, first: str, second: str) -> Lead | None:
    """Subtract the scores of a method from another's, on one data set; None where no seed has both.

    `rows` hold method, seed, value and n, the test images; a `tested_half` of the one real micrograph is a fixed block.
    """
    scores = rows.pivot(index="seed", columns="method", values="value")
    pairs = scores.reindex(columns=[first, second]).dropna()
    if pairs.empty:
        return None
    halves = tested_halves(rows.drop_duplicates("seed").set_index("seed").loc[pairs.index])
    images = rows.pivot(index="seed", columns="method", values="n").reindex_like(pairs)
    errors = float(((1 - pairs) * images).to_numpy().sum())
    return Lead(paired_difference(pairs[first], pairs[second], halves), errors)
