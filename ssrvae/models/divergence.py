"""When a training has gone astray."""

import math

from ssrvae.base.errors import DivergenceError


def check_finite(loss: float, learning_rate: float, name: str = "loss", /, **place: int) -> None:
    """Raise DivergenceError unless a loss, or what else is named, is a finite number.

    place: where in the training, as `epoch=3, step=2`.
    """
    if not math.isfinite(loss):
        where = ", ".join(f"{name} {number}" for name, number in place.items())
        raise DivergenceError(f"{where}: the {name} is {loss}; lower learning_rate (now {learning_rate:g})")
