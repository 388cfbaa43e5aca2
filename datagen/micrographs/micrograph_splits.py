"""Split micrographs into those that are labelled, unlabelled and tested, each class shared evenly."""

from collections.abc import Sequence

import numpy as np

from datagen.contract import SPLITS
from datagen.errors import InputError

# Of so many random splits, the one that shares each class most evenly is taken.
TRIALS = 1000


def even_split(held: np.ndarray, unlabelled: float, test: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the part of each micrograph, [micrographs] of SPLITS; unlabelled, test: their fractions.

    held [micrographs, classes]: objects of each class, none of them 0 everywhere. Of TRIALS random splits it is the one
    whose parts hold each class's objects most nearly in proportion, among those that have every class labelled and
    tested: with few micrographs a class is else missing in a part. Raises InputError when all of them miss one.
    """
    parts = np.repeat(SPLITS, _sizes(len(held), unlabelled, test))
    trials = [rng.permutation(parts) for _ in range(TRIALS)]
    whole = [trial for trial in trials if not _misses_a_class(trial, held)]
    if not whole:
        raise InputError(
            f"no split of {len(held)} micrographs has every class labelled and tested; label more of them, or raise "
            "test.fraction or lower unlabelled.fraction"
        )
    return min(whole, key=lambda trial: _unevenness(trial, held / held.sum(axis=0)))


def check_spread(held: np.ndarray, class_names: Sequence[str], micrographs: Sequence[str]) -> None:
    """Raise InputError when a class [classes] has labels in fewer than two of the micrographs, or these are too few."""
    if len(held) < len(SPLITS):
        raise InputError(f"{len(held)} micrographs cannot be {', '.join(SPLITS)}: at least {len(SPLITS)} are needed")
    for name, counts in zip(class_names, held.T, strict=True):
        holders = [micrograph for micrograph, count in zip(micrographs, counts, strict=True) if count]
        if not holders:
            raise InputError(f"no object of class {name} can be used; label some, or leave it out of class_names")
        if len(holders) == 1:
            raise InputError(
                f"all labels of class {name} are of one micrograph, {holders[0]}; labelled and tested objects are of "
                "different micrographs: label it in another one too"
            )


def _sizes(n: int, unlabelled: float, test: float) -> tuple[int, int, int]:
    """Count the labelled, unlabelled and test micrographs of n, at least one each."""
    n_test = min(max(1, round(test * n)), n - 2)
    n_unlabelled = min(max(1, round(unlabelled * n)), n - n_test - 1)
    return n - n_test - n_unlabelled, n_unlabelled, n_test


def _misses_a_class(trial: np.ndarray, held: np.ndarray) -> bool:
    """Tell whether a class is in no labelled or in no test micrograph."""
    return bool(np.any([held[trial == part].sum(axis=0) == 0 for part in ("labelled", "test")]))


def _unevenness(trial: np.ndarray, shares: np.ndarray) -> float:
    """Give the largest difference between a part's share of a class and its share of the micrographs."""
    return max(float(np.abs(shares[trial == part].sum(axis=0) - (trial == part).mean()).max()) for part in SPLITS)
