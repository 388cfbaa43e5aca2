"""What the figures of the marginal-pose model show, told alike from a plan and from its tables."""

import re
from collections.abc import Collection, Iterable

MARGINAL = "marginal"
"""The marginal-pose model's method; its variants' names start so."""
POSE_METHODS = ("ssrvae", MARGINAL)
"""The methods whose poses are compared."""
_FEWEST_ABLATED = 3


def shown_dataset(datasets: Collection[str]) -> str:
    """Name the data set that figures of poses show: rotation_180 where there is one, else rotation_60."""
    return "rotation_180" if "rotation_180" in datasets else "rotation_60"


def particle_dataset(datasets: Iterable[str], source: str) -> str:
    """Name the first data set of particles from a source, whose name begins so: "simulated" or "gold"; "" for none."""
    return next((name for name in datasets if name.startswith(source)), "")


def ablated(dataset: str, methods: Collection[str]) -> list[str]:
    """List the variants of the marginal-pose model whose ablation a data set shows, among the methods run on it.

    None where there are fewer than three, and none for data sets of the sweep over rotation, rotation_<degrees>.
    """
    variants = [method for method in methods if method.startswith(MARGINAL)]
    is_shown = len(variants) >= _FEWEST_ABLATED and not re.fullmatch(r"rotation_[0-9.]+", dataset)
    return variants if is_shown else []
