"""Arrays that a fitted model gives, in one .npz: of a failed run its reason in their place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from datagen.errors import InputError
from datagen.npz import read_npz, write_npz
from ssrvae.study.run_folder import OK, RunFolder

Arrays = TypeVar("Arrays")


def write_arrays(run: RunFolder, out: Path, read: Callable[[Any], object]) -> None:
    """Write the fields of what `read` gives of a run's fitted estimator; of a failed run its `reason` alone."""
    metrics = run.read_metrics()
    if metrics["status"] == OK:
        write_npz(vars(read(run.load_model(metrics["estimator"]))), out)
    else:
        write_npz({"reason": np.array(f"{metrics['status']}, {metrics['reason']}".strip(", "))}, out)


def load_arrays(path: Path, kind: type[Arrays]) -> Arrays | None:
    """Read what write_arrays wrote as a `kind`; None for a failed run.

    Raises InputError for a missing file, or one that holds other arrays.
    """
    members = read_npz(path)
    if "reason" in members:
        return None
    try:
        return kind(**members)
    except TypeError as error:
        raise InputError(f"{path}: holds no {kind.__name__} ({error}); delete it and make it anew") from error
