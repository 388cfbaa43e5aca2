"""Has a number moved? Compare a small fixed study with its committed reference, within its own seed-to-seed spread.

A score moved when its mean over the seeds differs from the reference's by more than

    band = t(0.975, seeds - 1) s sqrt(2 / seeds),

with s the spread of the reference's seeds: the interval of a difference of two independent means; and by more than one
image of the test set. The same seeds repeat exactly on one machine; the band allows for what another processor's
rounding does to a training.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssrvae.base.errors import InputError
from ssrvae.base.files import write_csv
from ssrvae.study.run_folder import OK

_KEYS = ["dataset", "method", "metric"]
_METRICS = ("accuracy", "balanced_accuracy")


@dataclass(frozen=True)
class Comparison:
    """One score of the study against the reference; `verdict` is "same", "moved", "missing", "failed" or "new"."""

    score: str
    reference: float
    now: float
    band: float
    verdict: str

    def __str__(self) -> str:
        numbers = f"reference {self.reference:.4f}, now {self.now:.4f}, band {self.band:.4f}"
        return f"{self.verdict:8} {self.score}: {numbers}"


def compare_with_reference(accuracy: Path, reference: Path) -> list[Comparison]:
    """Compare accuracy.csv with the reference, score by score; raises InputError when either file is missing."""
    now, before = _scores(_read(accuracy)), _scores(_read(reference))
    keys = list(dict.fromkeys([*before, *now]))
    return [_compare(key, before.get(key), now.get(key)) for key in keys]


def bless(accuracy: Path, reference: Path) -> None:
    """Make the study's scores the reference; raises InputError when a run failed."""
    table = _read(accuracy)
    failed = table[table["status"] != OK]
    if len(failed):
        first = failed.iloc[0]
        raise InputError(
            f"{accuracy}: {first['method']} on {first['dataset']} failed ({first['reason']}); "
            "a failed run cannot be a reference"
        )
    columns = ["dataset", "method", "seed", "metric", "value", "n", "status", "commit"]
    write_csv(table[table["metric"].isin(_METRICS)][columns], reference)


def _scores(table: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
    rows = table[table["metric"].isin(_METRICS)]
    return {tuple(map(str, key)): seeds for key, seeds in rows.groupby(_KEYS, sort=False)}


def _compare(key: tuple[str, ...], before: pd.DataFrame | None, now: pd.DataFrame | None) -> Comparison:
    name = " ".join(key)
    if now is None or before is None:
        known = now if before is None else before
        assert known is not None
        mean = float(known["value"].mean())
        verdict, values = ("new", (math.nan, mean)) if before is None else ("missing", (mean, math.nan))
        return Comparison(name, *values, math.nan, verdict)
    means = float(before["value"].mean()), float(now["value"].mean())
    if (now["status"] != OK).any():
        return Comparison(name, *means, math.nan, "failed")
    if set(before["seed"]) - set(now["seed"]):
        return Comparison(name, *means, math.nan, "missing")
    band = _band(before)
    return Comparison(name, *means, band, "moved" if abs(means[0] - means[1]) > band else "same")


def _band(reference: pd.DataFrame) -> float:
    from scipy.stats import t

    seeds = len(reference)
    if seeds < 2:
        raise InputError("regression: the reference has one seed; its band needs at least two (config key seeds)")
    spread = float(reference["value"].std())
    return max(1 / float(reference["n"].iloc[0]), float(t.ppf(0.975, seeds - 1)) * spread * math.sqrt(2 / seeds))


def report_lines(comparisons: list[Comparison]) -> Iterator[str]:
    """Word the comparisons, what moved first, and a last line that sums up."""
    changed = [comparison for comparison in comparisons if comparison.verdict != "same"]
    yield from map(str, [*changed, *(comparison for comparison in comparisons if comparison not in changed)])
    yield f"regression: {len(comparisons) - len(changed)} scores the same, {len(changed)} not"


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: is no readable table ({error}); the first one is made by `snakemake bless`"
        ) from error
